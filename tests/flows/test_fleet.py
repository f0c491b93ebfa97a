"""A campaign through a real Prefect server, its parent killed with SIGKILL in the middle."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.engine.journal import Run, RunState
from bedplate.fleet.members import members
from bedplate.fleet.states import CampaignState, ClusterState, Wanted
from flows.fleet_keeper import fleet_keeper
from tests.fleet_journal import spec_of
from tests.flows.conftest import SomeSite
from tests.flows.fleet_served import (
    CLUSTERS,
    LONG,
    Served,
    answer_question,
    asked,
    kill,
    served,
    serving_fleet,
    with_all_laws,
)
from tests.flows.server import Server, wait_for
from tests.flows.small_upgrade import REAL

__all__ = ["served"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

TWO = ("canary", "store-1")


@pytest.fixture
def really_served(server: Server, site: SomeSite, tmp_path: Path) -> Iterator[Served]:
    """Two clusters of the simulated site, and the flow that really upgrades them."""
    (tmp_path / REAL).touch()
    for number, name in enumerate(TWO):
        text = spec_of(name).replace("198.18.0.10", f"198.18.0.{10 + number}")
        assert site.create(spec=text).state.is_completed()
    with serving_fleet(server, tmp_path):
        yield Served(site, tmp_path)


def test_a_campaign_that_is_killed_twice_upgrades_every_cluster_once(
    served: Served, server: Server
) -> None:
    row = served.plan("retail")

    first = served.start(row)
    wait_for(lambda: served.notes("begin"), LONG)
    kill(first)
    second = served.go_on(row)
    assert second != first
    wait_for(lambda: len(served.notes("begin")) >= 2, LONG)
    kill(second)
    seen = fleet_keeper(served.site.name, return_state=True)
    assert seen.message == "Going on: retail"
    wait_for(lambda: served.ended(row), LONG)
    third = served.found(row).parent
    assert third not in (None, first, second)

    assert served.ended(row) is CampaignState.COMPLETED
    assert set(served.states(row).values()) == {ClusterState.UPGRADED}
    assert Counter(served.notes("begin")) == Counter(CLUSTERS)
    assert Counter(served.notes("done")) == Counter(CLUSTERS)
    (board,) = _boards(server, third)
    assert [one["state"] for one in board] == ["upgraded"] * 4
    assert {one["version"] for one in board} == {"1.35"}


def _boards(server: Server, run: str) -> list[list[dict[str, str]]]:
    found = server.ask("artifacts/filter", flow_runs={"id": {"any_": [run]}})
    tables = [one["data"] for one in found if one["type"] == "table"]
    return [json.loads(one) if isinstance(one, str) else one for one in tables]


@with_all_laws
def test_a_campaign_killed_in_the_middle_upgrades_clusters_of_a_simulated_site(
    really_served: Served,
) -> None:
    served = really_served
    row = served.plan("real")

    first = served.start(row)
    wait_for(lambda: _upgrades(served), LONG)
    kill(first)
    served.go_on(row)
    wait_for(lambda: served.ended(row), LONG)

    assert served.ended(row) is CampaignState.COMPLETED
    upgrades = _upgrades(served)
    assert Counter(run.cluster for run in upgrades) == Counter(TWO)
    assert {run.state for run in upgrades} == {RunState.COMPLETED}
    assert {run.requested_by for run in upgrades} == {row.marker}
    found = {one.name: one.spec.kubernetes_version for one in members(served.journal.runs())}
    assert found == dict.fromkeys(TWO, "1.35")


def _upgrades(served: Served) -> list[Run]:
    return [run for run in served.journal.runs() if run.operation == "upgrade"]


GATES = """
      before: [{approval: {approvers: [bob, ann]}}]
      after: [{job: {deployment: health/smoke}}]"""


@with_all_laws
def test_people_approve_and_a_failure_holds_until_a_person_decides(
    served: Served, server: Server
) -> None:
    (served.folder / "bad-canary").touch()
    row = served.plan("gated", GATES)

    run = served.start(row)
    wait_for(lambda: server.run(run)["state_name"] == "Suspended", LONG)
    assert served.notes("begin") == []
    answer_question(server, run, "canary-before-approval-0", decision="approve", who="ann")
    wait_for(lambda: "canary-before-approval-1" in asked(server, run), LONG)
    answer_question(server, run, "canary-before-approval-1", decision="approve", who="bob")
    wait_for(lambda: "hold-0" in asked(server, run), LONG)

    standing = served.book.standing(row)
    assert standing.wanted is Wanted.HOLD
    assert "UPGRADE_BAD" in standing.record("canary").why
    assert served.notes("begin") == ["canary"]

    (served.folder / "bad-canary").unlink()
    answer_question(server, run, "hold-0", decision="try failed again", who="ann")
    wait_for(lambda: served.ended(row), LONG)

    assert Counter(served.notes("done")) == Counter(CLUSTERS)
    assert served.notes("health") == ["checked"]
    (who,) = {one.who for one in served.book.standing(row).approvals if one.gate != "hold"}
    assert who == "bob"
