"""Campaigns served for tests: the campaign's own flow beside an upgrade that takes a moment."""

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
from prefect.settings import PREFECT_API_URL

from bedplate.campaigns import FleetSites, plan_campaign
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.loading import load_campaign
from bedplate.fleet.states import CampaignState, ClusterState, Wanted
from bedplate.simulation import SimulatedSite
from flows.fleet_runs import nudge
from tests.fleet_journal import record, spec_of
from tests.flows.conftest import ROOT, SomeSite
from tests.flows.served import processes_with
from tests.flows.server import Server, wait_for

LONG = 180.0
with_all_laws = pytest.mark.skipif(
    os.environ.get("BEDPLATE_LAWS") != "all", reason="takes minutes: BEDPLATE_LAWS=all runs it"
)
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
  notify: NOTIFY
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

    def plan(self, name: str, gates: str = "{}", notify: str = "[]") -> CampaignRow:
        text = CAMPAIGN.replace("NAME", name).replace("GATES", gates).replace("NOTIFY", notify)
        row = plan_campaign(
            load_campaign(text, name, lambda _: ""),
            self.journal,
            self.book,
            requested_by="ann",
            now=time.time(),
            site=self.site.name,
            sites=FleetSites({}, lambda name: SimulatedSite(self.folder / name)),
        )
        self.book.add(row)
        return row

    def start(self, row: CampaignRow) -> str:
        self.book.want(row.id, Wanted.RUN, "")
        return self.go_on(row)

    def go_on(self, row: CampaignRow) -> str:
        return nudge(self.found(row), self.site.name, "ann")

    def bedplate(self, *words: str) -> None:
        """Type a command of the command line, which knows the site as the flows do."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        journal = f"sqlite:///{self.site.folder}/journal.sqlite"
        site = {"state": str(self.site.folder / "site"), "journal": journal}
        (home / "sites.yaml").write_text(json.dumps({self.site.name: site}))
        said = subprocess.run(
            [sys.executable, "-m", "deployments.cli.main", *words, "--site", self.site.name],
            cwd=ROOT,
            env=os.environ
            | {"BEDPLATE_HOME": str(home), "PREFECT_API_URL": PREFECT_API_URL.value() or ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        assert "Recorded." not in said.stderr, said.stderr

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
    """Four clusters on record, and the flows of these tests."""
    with serving_fleet(server, tmp_path):
        yield Served(site, tmp_path, CLUSTERS)


@contextmanager
def serving_fleet(server: Server, tmp_path: Path) -> Iterator[None]:
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


def board_of(server: Server, run: str) -> tuple[str, Counter[str]]:
    """What the board of a campaign's run says: of the campaign, and of how many clusters."""
    wanted = {"type": {"any_": ["table"]}}
    found = server.ask("artifacts/filter", flow_runs={"id": {"any_": [run]}}, artifacts=wanted)
    assert len(found) <= 1, found
    if not found:
        return "", Counter()
    rows = json.loads(found[0]["data"])
    return found[0]["description"].split(": ")[1], Counter(row["state"] for row in rows)


def asked(server: Server, run: str) -> set[str]:
    found = server.run(run)
    keys = found["empirical_policy"]["pause_keys"]
    return set(keys) if found["state_name"] == "Suspended" else set()


def answer_question(server: Server, run: str, key: str, **given: str) -> None:
    """Answer a question; SQLite lets the server fail now and then where two write at once."""

    def accepted() -> bool:
        try:
            answer = server.ask(f"flow_runs/{run}/resume", run_input=given)
        except httpx.HTTPError:
            return key not in asked(server, run)
        assert answer["status"] == "ACCEPT", answer
        return True

    assert key in asked(server, run)
    wait_for(accepted, LONG)
