"""From a signed delivery to a cluster, through a real Prefect server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Failed

from deployments.catalog import entries
from deployments.gateway.runs import Order
from deployments.gateway.serving import working
from tests.flows.conftest import ROOT, SPEC, SomeSite
from tests.flows.server import Server, wait_for
from tests.gateway import gate as gates
from tests.gateway.gate import ALICE, PORTAL, Gate, gate
from tests.gateway.test_tickets import NAMES, WINDOW, at, issue, jira, stamp
from tests.gateway.ticket_servers import Jira

__all__ = ["jira"]

pytestmark = pytest.mark.timeout(300)


def intent(**changed: Any) -> dict[str, Any]:
    """An intent whose key no earlier test has used: the server remembers keys for ever."""
    return gates.intent(ticket=f"CHG{uuid4().int % 10**9}", spec=SPEC) | changed


@pytest.fixture(scope="module", autouse=True)
def deployed(server: Server):
    """The deployments are at the server, as `serve` puts them there."""
    for entry in entries():
        if entry.name in ("create", "delete"):
            for made in entry.made(("simulated",)):
                made.apply()


@pytest.fixture
def at_site(site: SomeSite, tmp_path: Path):
    """A gateway for one site, with its worker at work."""
    source = PORTAL | {"sites": [site.name]}
    with gate(tmp_path / "home", works=True, sources={"portal": source}) as running:
        yield running


def runs_of(server: Server, intent_id: str) -> list[dict[str, Any]]:
    wanted = {"tags": {"all_": [f"intent:{intent_id}"]}}
    found: list[dict[str, Any]] = server.ask("flow_runs/filter", flow_runs=wanted)
    return found


def execute(server: Server, run_id: str) -> None:
    """Run a flow run as a worker of Prefect does: in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "flow-run", "execute", run_id],
        cwd=ROOT,
        env=os.environ | {"PREFECT_API_URL": server.url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_delivery_becomes_one_run_that_is_followed_to_its_end(
    at_site: Gate, server: Server, site: SomeSite
):
    wish = intent()
    sent = at_site.send(wish).json()
    at_site.send(wish)
    at_site.wait_for(sent["intent"], "running")
    (run,) = wait_for_runs(server, sent["intent"])
    assert run["parameters"]["requested_by"] == f"portal {wish['ticket']} (carol)"
    assert {f"ticket:{wish['ticket']}", "source:portal", "bedplate"} <= set(run["tags"])
    led = wait_for(lambda: led_to(at_site, sent["run_url"]))
    assert led.rpartition("/")[2] == run["id"]

    execute(server, run["id"])

    done = at_site.wait_for(sent["intent"], "succeeded")
    assert done["run_state"].startswith("Completed: 17 steps ended")
    (recorded,) = site.journal().runs("w01")
    assert recorded.requested_by == f"portal {wish['ticket']} (carol)"
    assert at_site.send(wish).json()["state"] == "succeeded"
    assert len(runs_of(server, sent["intent"])) == 1
    assert at_site.desk.store.verify_audit() == ()


def led_to(running: Gate, url: str) -> str | None:
    """Where the address leads, once the gateway has noted the run that it asked for."""
    answer = running.http.get(url)
    return answer.headers["location"] if answer.status_code == 303 else None


def wait_for_runs(server: Server, intent_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wait_for(lambda: runs_of(server, intent_id))
    return found


def test_a_delete_begins_when_another_person_approves_and_knows_the_recorded_specification(
    at_site: Gate, server: Server, site: SomeSite
):
    assert site.create(until_step="bootstrap").state.is_completed()
    sent = at_site.send(intent(verb="delete", confirm="w01", spec="")).json()
    assert runs_of(server, sent["intent"]) == []

    wait_for(lambda: at_site.show(sent["intent"])["plan_hash"])
    assert at_site.agree(ALICE, sent["intent"]).status_code == 200

    (run,) = wait_for_runs(server, sent["intent"])
    assert run["parameters"]["confirm"] == "w01"
    assert run["parameters"]["spec"] == SPEC


def test_a_file_that_is_edited_after_its_approval_needs_another(
    tmp_path: Path, server: Server, site: SomeSite
):
    file = site.folder / "specs" / "w01.yaml"
    file.write_text(SPEC)
    wish = intent(verb="delete", confirm="w01", spec="", spec_file="w01.yaml")
    with gate(tmp_path / "home", sources={"portal": PORTAL | {"sites": [site.name]}}) as running:
        sent = running.send(wish).json()["intent"]
        running.work()
        first = running.show(sent)
        assert running.agree(ALICE, sent).status_code == 200
        file.write_text(f"{SPEC}# edited\n")
        running.work()
        shown = running.show(sent)
        old = running.approve(ALICE, intent=sent, cluster="w01", plan=first["plan_hash"])
        running.clock.ahead += 61.0
        running.work()
        again = running.show(sent)
        before = runs_of(server, sent)
        assert running.agree(ALICE, sent).status_code == 200
        running.work()

    assert (shown["state"], shown["problem"]["code"]) == ("waiting_for_approval", "PLAN_CHANGED")
    assert shown["plan_hash"] != first["plan_hash"]
    assert again == shown
    assert (old.status_code, old.json()["code"], before) == (409, "PLAN_DIFFERS", [])
    (run,) = runs_of(server, sent)
    assert run["parameters"]["spec"] == f"{SPEC}# edited\n"


def test_two_intents_for_one_cluster_take_turns(at_site: Gate, server: Server):
    first = at_site.send(intent()).json()
    at_site.wait_for(first["intent"], "running")

    second = at_site.send(intent(revision="2")).json()

    waiting = at_site.wait_for(second["intent"], "waiting_for_cluster")
    assert waiting["problem"]["code"] == "CLUSTER_BUSY"
    assert first["intent"] in waiting["problem"]["seen"]
    assert runs_of(server, second["intent"]) == []


def test_a_specification_of_another_cluster_starts_nothing(at_site: Gate, server: Server):
    sent = at_site.send(intent(cluster="w02")).json()
    refused = at_site.wait_for(sent["intent"], "refused")
    assert refused["problem"]["code"] == "SPEC_OTHER_CLUSTER"
    assert runs_of(server, sent["intent"]) == []


def test_a_file_of_the_site_is_read_and_frozen_before_the_run(
    at_site: Gate, server: Server, site: SomeSite
):
    (site.folder / "specs" / "w01.yaml").write_text(SPEC)
    sent = at_site.send(intent(spec="", spec_file="w01.yaml")).json()
    (run,) = wait_for_runs(server, sent["intent"])
    assert run["parameters"]["spec"] == SPEC
    outside = at_site.send(intent(spec="", spec_file="../w01.yaml", revision="2")).json()
    assert at_site.wait_for(outside["intent"], "refused")["problem"]["code"] == "SPEC_OUTSIDE"


def test_a_run_that_fails_is_told_with_its_remedy(at_site: Gate, server: Server):
    sent = at_site.send(intent()).json()
    (run,) = wait_for_runs(server, sent["intent"])
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run["id"], Failed(message="pivot: AUTH_DENIED: no"), force=True)
    failed = at_site.wait_for(sent["intent"], "failed")
    assert failed["problem"]["seen"] == "pivot: AUTH_DENIED: no"
    assert "Retry" in failed["problem"]["remedy"]


def test_a_prefect_server_that_is_away_loses_nothing(tmp_path, site: SomeSite, server: Server):
    source = PORTAL | {"sites": [site.name]}
    with gate(tmp_path / "home", sources={"portal": source}) as running:
        with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
            sent = running.send(intent()).json()
            running.work()
            shown = running.show(sent["intent"])
        assert shown["problem"]["code"] == "PREFECT_UNREACHABLE"
        with working(running.desk):
            assert running.wait_for(sent["intent"], "running")
            assert len(wait_for_runs(server, sent["intent"])) == 1


@contextmanager
def reserved_while_prefect_is_away(jira: Jira, home: Path) -> Iterator[Any]:
    """An intent that an issue allows, reserved for a run that could not be asked for."""
    key = f"OPS-{uuid4().int % 10**9}"
    jira.fields[key] = issue()
    rules = NAMES | WINDOW | {"kind": "jira", "url": jira.url, "username": "bot"}
    with at(home, "jira-token-1234567", rules | {"secret": "vault:jira"}) as running:
        with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
            sent = running.send(intent(ticket=key)).json()["intent"]
            running.work()
        assert running.show(sent)["state"] == "running"
        assert running.show(sent)["problem"]["code"] == "PREFECT_UNREACHABLE"
        yield running, sent, key


WITHDRAWN = [
    ({"customfield_1": None}, "TICKET_NOT_APPROVED"),
    ({"customfield_4": "2001-01-01T00:00:00.000+0000"}, "WINDOW_OVER"),
]


@pytest.mark.parametrize(("fields", "rule"), WITHDRAWN)
def test_what_a_ticket_allows_no_more_when_prefect_is_back_is_not_begun(
    tmp_path, server: Server, jira, fields, rule
):
    with reserved_while_prefect_is_away(jira, tmp_path) as (running, sent, key):
        jira.fields[key] = issue(**fields)
        running.clock.ahead += 3600.0
        running.work()
        shown = running.show(sent)

    assert (shown["state"], shown["problem"]["code"]) == ("refused", rule)
    assert runs_of(server, sent) == []


def test_a_window_that_moved_while_prefect_was_away_is_waited_for_and_the_cluster_is_free(
    tmp_path, server: Server, jira
):
    with reserved_while_prefect_is_away(jira, tmp_path) as (running, sent, key):
        jira.fields[key] = issue(customfield_3=stamp(7200), customfield_4=stamp(9000))
        running.clock.ahead += 3600.0
        running.work()
        moved = running.show(sent)
        running.clock.ahead += 3700.0
        running.work()

    assert (moved["state"], moved["problem"]) == ("waiting_for_window", None)
    assert len(runs_of(server, sent)) == 1


def test_a_run_that_was_made_before_a_kill_is_followed_whatever_its_ticket_says_by_now(
    tmp_path, server: Server, jira
):
    with reserved_while_prefect_is_away(jira, tmp_path) as (running, sent, key):
        desk = running.desk
        reserved = desk.store.intent(sent)
        assert reserved is not None
        made = desk.runs.start(
            Order("create", reserved.key, {"spec": SPEC, "site": "simulated"}, ())
        )
        jira.fields[key] = issue(customfield_1=None)
        running.clock.ahead += 3600.0
        running.work()
        led = running.http.get(f"{running.url}/v1/intents/{sent}/run")

    assert led.headers["location"].rpartition("/")[2] == made
