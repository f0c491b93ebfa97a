"""The keeper, and how runs are asked for: what people wanted is not forgotten, whatever ends."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Cancelling, Crashed, Failed, Paused

from bedplate.adapters.runner import this_runner
from bedplate.engine.journal import Writer
from bedplate.errors import BadInput, PermanentError
from bedplate.fleet.book import CampaignRow, lease_name
from bedplate.fleet.campaign import Job
from bedplate.fleet.states import CampaignState, Wanted
from deployments.catalog import entries
from flows.fleet_keeper import fleet_keeper
from flows.fleet_runs import PARENT, UPGRADE, PrefectChildren, nudge, was_cancelled
from flows.fleet_upgrade import fleet_upgrade
from tests.flows.conftest import SomeSite
from tests.flows.fleet_served import CAMPAIGN, CLUSTERS, Served
from tests.flows.server import Server


@pytest.fixture
def fleet(server: Server, site: SomeSite, tmp_path: Path) -> Served:
    """Four clusters on record; nothing serves the flows."""
    return Served(site, tmp_path, CLUSTERS)


@pytest.fixture
def deployed(server: Server) -> Iterator[None]:
    """The campaign's own flow, deployed; nobody carries its runs out, so they go with it."""
    (one,) = next(entry for entry in entries() if entry.name == "fleet-upgrade").made(())
    made = one.apply()
    assert isinstance(made, UUID)
    yield
    with get_client(sync_client=True) as client:
        client.delete_deployment(made)


@flow(name="stands-for-a-campaign")
def waiting() -> None:
    """Nothing; its runs are never carried out."""


def suspended(fleet: Served, question: str) -> CampaignRow:
    """A campaign whose flow run asks people something."""
    row = fleet.plan("retail")
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(waiting, state=Paused(pause_key=question))
    lease = fleet.journal.acquire(lease_name(row.name), row.id, "fleet-upgrade", this_runner())
    writer = Writer(lease_name(row.name), row.id, lease.token)
    fleet.book.want(row.id, Wanted.RUN, "")
    fleet.book.begin(writer, row.id, str(run.id))
    fleet.journal.release(lease)
    return row


def kept(fleet: Served, server: Server, row: CampaignRow) -> tuple[str, bool]:
    """Let the keeper look; what it says, and whether the campaign's run still waits."""
    said = fleet_keeper(fleet.site.name, return_state=True).message or ""
    run = server.run(fleet.found(row).parent or "")
    return said, run["state_type"] == "PAUSED"


def test_a_resume_that_prefect_did_not_hear_of_is_heard_by_the_keeper(
    fleet: Served, server: Server
) -> None:
    row = suspended(fleet, "hold-0")
    fleet.book.want(row.id, Wanted.PAUSE, "ann")
    assert kept(fleet, server, row) == ("Nothing to do", True)

    fleet.book.resume(row.id, "ann", accept_failed=False)

    assert kept(fleet, server, row) == ("Going on: retail", False)


def test_a_cancel_that_prefect_did_not_hear_of_is_heard_by_the_keeper(
    fleet: Served, server: Server
) -> None:
    row = suspended(fleet, "canary-before-approval-0")
    assert kept(fleet, server, row) == ("Nothing to do", True)

    fleet.book.want(row.id, Wanted.CANCEL, "ann")

    assert kept(fleet, server, row) == ("Going on: retail", False)


def end(run: str, state: State[None]) -> None:
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(run), state, force=True)


@pytest.mark.usefixtures("deployed")
def test_a_run_that_ends_before_it_is_recorded_is_followed_by_another(fleet: Served) -> None:
    row = fleet.plan("retail")
    first = fleet.start(row)

    end(first, Failed())
    second = fleet.go_on(row)
    end(second, Crashed())
    third = fleet.go_on(row)

    assert len({first, second, third}) == 3
    assert fleet.go_on(row) == third


@pytest.mark.usefixtures("deployed")
def test_a_campaign_is_carried_out_at_its_own_site_whoever_finds_it_in_a_shared_journal(
    fleet: Served, server: Server
) -> None:
    row = fleet.plan("retail")

    run = nudge(row, "another-site-with-this-journal", "ann")

    assert server.run(run)["parameters"]["site"] == fleet.site.name


def carried_out(fleet: Served) -> CampaignState | None:
    """Carry the campaign out as a worker does that takes the run which the keeper asked for."""
    fleet_upgrade(campaign="retail", site=fleet.site.name, return_state=True)
    found = fleet.book.find("retail")
    return None if found is None else fleet.ended(found)


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("state", [Cancelled(), Cancelling()], ids=["waits", "worker-died"])
def test_a_cancel_of_a_run_without_a_process_cancels_the_campaign(
    fleet: Served, server: Server, state: State[None]
) -> None:
    row = suspended(fleet, "canary-before-approval-0")
    end(fleet.found(row).parent or "", state)

    said, _ = kept(fleet, server, row)

    assert said == "Going on: retail"
    assert carried_out(fleet) is CampaignState.CANCELLED


@pytest.mark.usefixtures("deployed")
def test_a_cancel_of_a_campaign_that_is_on_hold_cancels_it(fleet: Served, server: Server) -> None:
    row = suspended(fleet, "hold-0")
    fleet.book.want(row.id, Wanted.PAUSE, "ann")
    end(fleet.found(row).parent or "", Cancelled())

    said, _ = kept(fleet, server, row)

    assert said == "Going on: retail"
    assert carried_out(fleet) is CampaignState.CANCELLED


@pytest.mark.usefixtures("deployed")
def test_a_cancel_of_a_run_that_never_began_cancels_the_campaign(fleet: Served) -> None:
    end(fleet.start(fleet.plan("retail")), Cancelled())

    assert carried_out(fleet) is CampaignState.CANCELLED


def test_a_resume_is_newer_than_the_cancel_before_it(fleet: Served) -> None:
    row = suspended(fleet, "hold-0")
    end(fleet.found(row).parent or "", Cancelled())
    assert was_cancelled(fleet.found(row))

    fleet.book.resume(row.id, "ann", accept_failed=False)

    assert not was_cancelled(fleet.found(row))


def test_a_file_is_planned_anew_though_an_older_plan_of_its_name_was_never_started(
    fleet: Served,
) -> None:
    old = fleet.plan("retail")
    text = CAMPAIGN.replace("NAME", "retail").replace("GATES", "{}").replace("NOTIFY", "[]")
    there_already = text.replace("1.35", "1.34")
    (fleet.site.folder / "specs" / "retail.yaml").write_text(there_already)

    fleet_upgrade(campaign_file="retail.yaml", site=fleet.site.name, return_state=True)

    new = fleet.book.find("retail")
    assert new is not None
    assert (new.plan.clusters, new.state) == ((), CampaignState.COMPLETED)
    assert fleet.found(old).state is CampaignState.SUPERSEDED


def ask_for_job(deployment: str, **parameters: object) -> str:
    job = Job.model_validate({"deployment": deployment, "parameters": parameters})
    with get_client(sync_client=True) as client:
        return PrefectChildren(client, UPGRADE, "retail").begin_job(job, f"key of {deployment}")


@pytest.mark.usefixtures("server")
def test_nobody_is_sent_to_setup_for_a_deployment_of_their_own() -> None:
    with pytest.raises(BadInput, match="'health/none'") as own:
        ask_for_job("health/none")
    with pytest.raises(BadInput, match="'fleet-upgrade/none'") as ours:
        ask_for_job("fleet-upgrade/none")

    assert own.value.code == ours.value.code == "DEPLOYMENT_UNKNOWN"
    assert own.value.remedy == "deploy it, which bedplate setup does for Bedplate's own only"
    assert ours.value.remedy == "deploy it: bedplate setup"


@pytest.mark.usefixtures("deployed")
def test_parameters_that_a_deployment_does_not_take_are_refused_for_good() -> None:
    with pytest.raises(PermanentError, match=r"409 .*campaign.* is not of type") as refused:
        ask_for_job(PARENT, campaign=[1])

    assert refused.value.code == "PREFECT_REFUSED"
