"""A campaign through a real Prefect server, its parent killed with SIGKILL in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import DeploymentStatus
from prefect.exceptions import ObjectNotFound

from bedplate.campaigns import plan_campaign
from bedplate.engine.journal import Run, RunState
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.loading import load_campaign
from bedplate.fleet.members import members
from bedplate.fleet.states import CampaignState, ClusterState, Wanted
from flows.fleet_runs import nudge
from tests.fleet_journal import record, spec_of
from tests.flows.conftest import ROOT, SomeSite
from tests.flows.served import processes_with
from tests.flows.server import Server, wait_for
from tests.flows.small_upgrade import REAL

pytestmark = [
    pytest.mark.xdist_group("prefect"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

LONG = 180.0
with_all_laws = pytest.mark.skipif(
    os.environ.get("BEDPLATE_LAWS") != "all", reason="takes minutes: BEDPLATE_LAWS=all runs it"
)
TWO = ("canary", "store-1")
CLUSTERS = ("canary", "store-1", "store-2", "store-3")
CAMPAIGN = """
apiVersion: bedplate/v1alpha1
kind: UpgradeCampaign
metadata: {name: NAME}
spec:
  target:
    kubernetesVersion: "1.35"
    templates:
      /DC0/vm/Templates/ubuntu-2204-kube-v1.34: /DC0/vm/Templates/ubuntu-2204-kube-v1.35
  selector: {matchLabels: {fleet: retail}}
  stages:
  - name: canary
    clusters: [canary]
    gates: GATES
  - name: rest
    maxConcurrency: 2
"""


class Served:
    """The flows of these tests, served; and the campaign of one test."""

    def __init__(self, site: SomeSite, folder: Path, clusters: Sequence[str] = ()) -> None:
        self.site = site
        self.folder = folder
        self.book = site.load().open_campaigns()
        self.journal = site.journal()
        for name in clusters:
            record(self.journal, name, spec_of(name))

    def plan(self, name: str, gates: str = "{}") -> CampaignRow:
        text = CAMPAIGN.replace("NAME", name).replace("GATES", gates)
        row = plan_campaign(
            load_campaign(text, name, lambda _: ""),
            self.journal,
            self.book,
            requested_by="ann",
            now=time.time(),
            paces={},
        )
        self.book.add(row)
        return row

    def start(self, row: CampaignRow) -> str:
        self.book.want(row.id, Wanted.RUN, "")
        return self.go_on(row)

    def go_on(self, row: CampaignRow) -> str:
        return nudge(self.found(row), self.site.name, "ann")

    def found(self, row: CampaignRow) -> CampaignRow:
        found = self.book.find(row.id)
        assert found is not None
        return found

    def ended(self, row: CampaignRow) -> CampaignState | None:
        state = self.found(row).state
        return state if state in (CampaignState.COMPLETED, CampaignState.CANCELLED) else None

    def states(self, row: CampaignRow) -> dict[str, ClusterState]:
        standing = self.book.standing(row)
        return {name: standing.state(name) for name in CLUSTERS}

    def notes(self, word: str) -> list[str]:
        file = self.folder / "notes"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.split()[1] for line in lines if line.startswith(word)]


@pytest.fixture
def served(server: Server, site: SomeSite, tmp_path: Path) -> Iterator[Served]:
    with _serving(server, tmp_path):
        yield Served(site, tmp_path, CLUSTERS)


@pytest.fixture
def really_served(server: Server, site: SomeSite, tmp_path: Path) -> Iterator[Served]:
    """Two clusters of the simulated site, and the flow that really upgrades them."""
    (tmp_path / REAL).touch()
    for number, name in enumerate(TWO):
        text = spec_of(name).replace("198.18.0.10", f"198.18.0.{10 + number}")
        assert site.create(spec=text).state.is_completed()
    with _serving(server, tmp_path):
        yield Served(site, tmp_path)


@contextmanager
def _serving(server: Server, tmp_path: Path) -> Iterator[None]:
    environment = os.environ | {
        "PREFECT_API_URL": server.url,
        "BEDPLATE_SMALL_UPGRADE": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.small_upgrade", str(tmp_path)],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
    )
    names = ("upgrade-cluster/upgrade", "fleet-upgrade/fleet-upgrade", "health/smoke")
    wait_for(lambda: all(map(_is_there, names)), LONG)
    yield
    process.terminate()
    process.wait(60)


def _is_there(name: str) -> bool:
    with get_client(sync_client=True) as client:
        try:
            return client.read_deployment_by_name(name).status is DeploymentStatus.READY
        except ObjectNotFound:
            return False


def kill(run: str) -> None:
    """SIGKILL the process of a flow run, once there is one."""
    pids = wait_for(lambda: processes_with(f"PREFECT__FLOW_RUN_ID={run}"), LONG)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    with get_client(sync_client=True) as client:
        wait_for(lambda: client.read_flow_run(UUID(run)).state_name == "Crashed", LONG)


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
    third = served.go_on(row)
    wait_for(lambda: served.ended(row), LONG)

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
    _answer(server, run, "canary-before-approval-0", decision="approve", who="ann")
    wait_for(lambda: "canary-before-approval-1" in _asked(server, run), LONG)
    _answer(server, run, "canary-before-approval-1", decision="approve", who="bob")
    wait_for(lambda: "hold-0" in _asked(server, run), LONG)

    standing = served.book.standing(row)
    assert standing.wanted is Wanted.HOLD
    assert "UPGRADE_BAD" in standing.record("canary").why
    assert served.notes("begin") == ["canary"]

    (served.folder / "bad-canary").unlink()
    _answer(server, run, "hold-0", decision="try failed again", who="ann")
    wait_for(lambda: served.ended(row), LONG)

    assert Counter(served.notes("done")) == Counter(CLUSTERS)
    assert served.notes("health") == ["checked"]
    (who,) = {one.who for one in served.book.standing(row).approvals if one.gate != "hold"}
    assert who == "bob"


def _asked(server: Server, run: str) -> set[str]:
    found = server.run(run)
    keys = found["empirical_policy"]["pause_keys"]
    return set(keys) if found["state_name"] == "Suspended" else set()


def _answer(server: Server, run: str, key: str, **given: str) -> None:
    """Answer a question; SQLite lets the server fail now and then where two write at once."""

    def accepted() -> bool:
        try:
            answer = server.ask(f"flow_runs/{run}/resume", run_input=given)
        except httpx.HTTPStatusError:
            return key not in _asked(server, run)
        assert answer["status"] == "ACCEPT", answer
        return True

    assert key in _asked(server, run)
    wait_for(accepted, LONG)
