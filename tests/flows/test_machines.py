"""More than one machine: whatever is killed in the middle of a create, it ends as undisturbed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import RunState
from bedplate.engine.watch import Watches
from bedplate.operations import CREATE
from bedplate.request import Request
from bedplate.service import Session, run_to_end
from bedplate.simulation import World
from bedplate.sites import SiteConfig, open_site
from bedplate.spec import load_text
from tests.flows.machines import LONG, Machines, machines
from tests.flows.server import wait_for
from tests.laws.outcome import differences, site_state
from tests.postgres import PostgresServer

__all__ = ["machines"]

pytestmark = [
    pytest.mark.xdist_group("machines"),
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
]

STEP = "05 control-plane"
CREATE_CLUSTER = "create-cluster/create"
LONG_AGO = """
UPDATE flow_run SET start_time = start_time - interval '1 hour' WHERE id = '{run}';
UPDATE events SET occurred = occurred - interval '1 hour'
WHERE resource_id = 'prefect.flow-run.{run}';
"""


@pytest.fixture(scope="module")
def undisturbed(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a create leaves at a site when nothing happens to it."""
    folder, text = tmp_path_factory.mktemp("undisturbed"), machines.spec
    url = f"sqlite:///{folder}/journal.sqlite"
    site = open_site(SiteConfig("undisturbed", folder / "site", url))
    request = Request(CREATE, text, load_text(text))
    with (
        closing(open_journal(url)) as journal,
        Session(request, site, journal, Watches(())) as session,
    ):
        assert run_to_end(session) is RunState.COMPLETED
    return state_of(folder / "site")


def at_site(machines: Machines, site: str) -> dict[str, object]:
    return state_of(machines.home.root / "sites" / site)


def state_of(site: Path) -> dict[str, object]:
    made = [event.name for event in World(site).vm_events() if event.event == "made"]
    assert len(made) == len(set(made)) == 7
    return site_state(site)


@pytest.fixture
def second(machines: Machines) -> Iterator[str]:
    """A worker on another machine: its processes are in a space of their own."""
    machines.start_worker("second", apart=True)
    yield "second"
    if "second" in machines.running:
        machines.kill("second")


def test_a_run_whose_machine_died_is_ended_by_the_janitor_and_goes_on_at_another(
    machines: Machines, undisturbed: dict[str, object], second: str
):
    machines.kill("first")
    run = machines.prefect.begin(CREATE_CLUSTER, spec=machines.spec, site="apart-0")
    machines.prefect.wait_for_step(run, STEP)
    machines.start_worker("first")

    machines.kill(second)  # and all of its machine with it

    wait_for(lambda: not machines.processes_of(run))
    assert machines.prefect.run(run).state_name == "Running"  # nobody is left to say otherwise
    wait_for(lambda: is_ended_by_the_janitor_an_hour_later(machines, run), LONG)
    wait_for(lambda: lease_has_expired(machines, "apart-0"))
    machines.prefect.retry(run)
    last = machines.ended(run, attempt=2)
    assert last.is_completed(), last.message
    assert differences(undisturbed, at_site(machines, "apart-0")) == {}


def is_ended_by_the_janitor_an_hour_later(machines: Machines, run: UUID) -> bool:
    """Move what the server knows of a run back, since a heartbeat is missed for 90 s at least.

    The server stores events some seconds late: one that it did not have yet is moved the next time.
    """
    PostgresServer(machines.folder).execute(LONG_AGO.format(run=run), "prefect")
    assert machines.ended(machines.prefect.begin("janitor/janitor")).is_completed()
    return machines.prefect.run(run).state_name == "Crashed"


def lease_has_expired(machines: Machines, site: str) -> bool:
    with closing(open_journal(machines.journal(site))) as journal:
        lease = journal.lease("w01")
        assert lease is not None
        return lease.expires_at < journal.now()


def test_a_run_goes_on_while_the_server_is_killed_and_started_again(
    machines: Machines, undisturbed: dict[str, object]
):
    run = machines.prefect.begin(CREATE_CLUSTER, spec=machines.spec, site="apart-1")
    machines.prefect.wait_for_step(run, STEP)

    machines.kill("server")
    machines.start_server()

    last = machines.ended(run)
    assert last.is_completed(), last.message
    assert differences(undisturbed, at_site(machines, "apart-1")) == {}


def test_a_run_goes_on_or_is_resumed_when_postgres_breaks_down_under_everything(
    machines: Machines, undisturbed: dict[str, object]
):
    run = machines.prefect.begin(CREATE_CLUSTER, spec=machines.spec, site="apart-2")
    machines.prefect.wait_for_step(run, STEP)

    machines.restart_postgres()

    last = machines.ended(run)
    if not last.is_completed():  # a line was being written: nobody knows whether it was
        assert "JOURNAL_UNREACHABLE" in (last.message or "")
        machines.prefect.retry(run)
        last = machines.ended(run, attempt=2)
    assert last.is_completed(), last.message
    assert differences(undisturbed, at_site(machines, "apart-2")) == {}
