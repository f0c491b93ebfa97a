"""A campaign through a real Prefect server on Postgres, beside the same one of empty runs.

Every cluster's run is a process of its own, as on a process worker: a few seconds of start, which
the floor has as well. So what is compared is what the campaign adds. `CLUSTERS="10 100 1000"`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bedplate.adapters.clock import SystemClock
from benchmarks.memory import Memory
from benchmarks.postgres import postgres
from benchmarks.table import print_table

ROOT = Path(__file__).parents[1]
SIZES = tuple(map(int, os.environ.get("CLUSTERS", "10 100").split()))
AT_ONCE = int(os.environ.get("AT_ONCE", "4"))
PORT = 42_811
API = f"http://127.0.0.1:{PORT}/api"
SITE = "bench"
GOAL_RATIO, GOAL_MEMORY, GOAL_PAUSE = 1.3, 2048, 60
PATIENCE = 600.0
CAMPAIGN = f"""
apiVersion: bedplate/v1alpha1
kind: UpgradeCampaign
metadata: {{name: NAME}}
spec:
  target: {{kubernetesVersion: "1.35"}}
  selector: {{matchLabels: {{fleet: retail}}}}
  stages:
  - {{name: canary, clusters: [c00000]}}
  - {{name: tenth, select: 10%, maxConcurrency: {AT_ONCE}, success: {{percent: 50}}}}
  - {{name: quarter, select: 25%, maxConcurrency: {AT_ONCE}, success: {{percent: 50}}}}
  - {{name: half, select: 50%, maxConcurrency: {AT_ONCE}, success: {{percent: 50}}}}
  - {{name: rest, maxConcurrency: {AT_ONCE}, success: {{percent: 50}}}}
"""


@dataclass
class Measured:
    """What was measured with so many clusters."""

    empty: float
    campaign: float
    memory: int
    upgraded: int
    failed: int


def main() -> None:
    """Print both, their ratio, the memory of all processes, and how fast a pause is honoured."""
    with postgres("prefect") as folder, tempfile.TemporaryDirectory() as home:
        environment = _environment(folder, Path(home))
        os.environ.update(environment)  # before Prefect is imported, which reads it
        with _server(environment), _flows(environment):
            found = {clusters: _measure(folder, clusters) for clusters in SIZES}
            paused = _pause(folder)
    title = (
        f"A campaign through Prefect, {AT_ONCE} runs at once (goals: ratio {GOAL_RATIO},"
        f" {GOAL_MEMORY} MiB, a pause honoured within {GOAL_PAUSE} s)"
    )
    head = ("clusters", "empty runs", "campaign", "ratio", "memory of all", "upgraded", "failed")
    print_table(title, head, [_row(clusters, one) for clusters, one in found.items()])
    print(f"  a pause was honoured everywhere after {paused:.0f} s")


def _row(clusters: int, one: Measured) -> tuple[str, ...]:
    return (
        f"{clusters:,}",
        f"{one.empty:.0f} s",
        f"{one.campaign:.0f} s",
        f"{one.campaign / one.empty:.2f}",
        f"{one.memory} MiB",
        f"{one.upgraded:,}",
        f"{one.failed:,}",
    )


# -- what is measured ------------------------------------------------------------------------------


def _measure(folder: Path, clusters: int) -> Measured:
    from bedplate.fleet.states import ClusterState

    book, row = _planned(folder, clusters, f"fleet-{clusters}")
    stages = [len(stage.clusters) for stage in row.plan.stages]
    with Memory() as memory:
        begun = time.monotonic()
        _wait(_begin("empty-campaign/empty", {"stages": stages}), {"COMPLETED"})
        between = time.monotonic()
        parameters = {"campaign": row.name, "site": SITE}
        _wait(_begin("fleet-upgrade/fleet-upgrade", parameters), {"COMPLETED"})
        ended = time.monotonic()
    states = [one.state for one in book.standing(row).clusters.values()]
    return Measured(
        empty=between - begun,
        campaign=ended - between,
        memory=memory.peak,
        upgraded=states.count(ClusterState.UPGRADED),
        failed=states.count(ClusterState.FAILED),
    )


def _pause(folder: Path) -> float:
    """Return how long it takes from a person's wish until nothing runs any more."""
    from bedplate.fleet.states import CampaignState, ClusterState, Wanted

    book, row = _planned(folder, AT_ONCE + 2, "slow")
    _begin("fleet-upgrade/fleet-upgrade", {"campaign": row.name, "site": SITE})

    def running() -> bool:
        records = book.standing(row).clusters.values()
        return any(one.state is ClusterState.RUNNING for one in records)

    _until(running)
    SystemClock().sleep(20)  # the run of its cluster works by now
    book.want(row.id, Wanted.PAUSE, "to see how long it takes")
    begun = time.monotonic()
    _until(lambda: book.find(row.id).state is CampaignState.PAUSED)
    return time.monotonic() - begun


def _planned(folder: Path, clusters: int, name: str):  # type: ignore[no-untyped-def]
    """Plan a campaign in a journal of its own; the site's block names that journal from now on."""
    from pydantic import SecretStr

    from bedplate.campaigns import FleetSites, plan_campaign
    from bedplate.fleet.loading import load_campaign
    from benchmarks.played import record_fleet
    from blocks import SiteBlock

    journal = f"sqlite:///{os.environ['PREFECT_HOME']}/{name}.sqlite"
    block = SiteBlock(state=f"{folder}/site", journal=SecretStr(journal), specs=str(folder))
    block.save(SITE, overwrite=True)
    book = block.open_campaigns()
    record_fleet(journal, clusters, SITE)
    loaded = load_campaign(CAMPAIGN.replace("NAME", name), "fleet.yaml", lambda _: "")
    opened = block.open_journal()
    sites = FleetSites({}, lambda _: block.open_site())
    row = plan_campaign(
        loaded, opened, book, requested_by="ann", now=time.time(), site=SITE, sites=sites
    )
    book.add(row)
    return book, row


def _begin(deployment: str, parameters: Mapping[str, object]) -> UUID:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment).id
        return client.create_flow_run_from_deployment(found, parameters=dict(parameters)).id


def _wait(run: UUID, wanted: set[str]) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        while True:
            state = client.read_flow_run(run).state
            if state is not None and state.is_final():
                if state.type.value not in wanted:
                    raise RuntimeError(f"{state.type.value}: {state.message}")
                return
            SystemClock().sleep(0.5)


def _until(look: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > end:
            raise RuntimeError(f"nothing to see after {PATIENCE:.0f} s")
        SystemClock().sleep(0.2)


# -- processes -------------------------------------------------------------------------------------


def _environment(folder: Path, home: Path) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": API,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
            f"postgresql+asyncpg://bedplate@/prefect?host={folder}"
        ),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
        "AT_ONCE": str(AT_ONCE),
    }


@contextmanager
def _server(environment: Mapping[str, str]) -> Iterator[None]:
    import httpx

    words = [
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(PORT),
        "--no-ui",
    ]

    def answers() -> bool:
        try:
            return httpx.get(f"{API}/health", timeout=5).is_success
        except httpx.HTTPError:
            return False

    with _process("server", words, environment):
        _until(answers)
        yield


@contextmanager
def _flows(environment: Mapping[str, str]) -> Iterator[None]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import DeploymentStatus
    from prefect.exceptions import ObjectNotFound

    def ready() -> bool:
        with get_client(sync_client=True) as client:
            try:
                found = client.read_deployment_by_name("empty-campaign/empty")
            except ObjectNotFound:
                return False
            return found.status is DeploymentStatus.READY

    code = "from benchmarks.campaign_flows import main; main()"
    with _process("flows", ["-c", code], environment):
        _until(ready)
        yield


@contextmanager
def _process(name: str, words: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    with (Path(environment["PREFECT_HOME"]) / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", *words],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


if __name__ == "__main__":
    main()
