"""The flows of `campaign-prefect`: a cluster's upgrade that only takes a while, and the floor.

`main` serves them beside the campaign's own flow: a process of its
own for each run, as a process worker has it.
"""

from __future__ import annotations

import os
import random
from uuid import UUID

from prefect import flow, serve
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from bedplate.adapters.clock import SystemClock
from benchmarks.played import CANARY, FAILING

AT_ONCE = int(os.environ.get("AT_ONCE", "4"))
LOOK_SECONDS = 2.0
PAGE = 200


@flow(name="upgrade-cluster", persist_result=False)
def upgrade(spec: str, site: str, requested_by: str, bundle: str) -> None:  # noqa: ARG001
    """Stand for the upgrade of a cluster: one whose campaign is called slow takes minutes."""
    name = next(line.split()[-1] for line in spec.splitlines() if line.startswith("  name: "))
    if "slow" in requested_by:
        SystemClock().sleep(300)
    if name != CANARY and random.Random(name).random() < FAILING:
        raise RuntimeError("control-plane: UPGRADE_BAD: injected")


@flow(name="empty-campaign", persist_result=False)
def empty_campaign(stages: list[int]) -> None:
    """Begin as many runs of the same deployment, so many at once, a stage after the other."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("upgrade-cluster/upgrade").id
        for stage in stages:
            _stage(client, deployment, stage)


def _stage(client: SyncPrefectClient, deployment: UUID, left: int) -> None:
    given = {"spec": f"  name: {CANARY}", "site": "", "requested_by": "", "bundle": ""}
    alive: set[UUID] = set()
    while left or alive:
        while left and len(alive) < AT_ONCE:
            made = client.create_flow_run_from_deployment(deployment, parameters=given)
            alive.add(made.id)
            left -= 1
        SystemClock().sleep(LOOK_SECONDS)
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(alive)))
        found = client.read_flow_runs(flow_run_filter=wanted, limit=PAGE)
        alive -= {run.id for run in found if run.state is not None and run.state.is_final()}


def main() -> None:
    """Serve until a signal comes."""
    from deployments.catalog import entries

    kind = EntrypointType.MODULE_PATH
    (campaigns,) = next(one.made(()) for one in entries() if one.name == "fleet-upgrade")
    ours = [
        upgrade.to_deployment("upgrade", entrypoint_type=kind),
        empty_campaign.to_deployment("empty", entrypoint_type=kind),
    ]
    serve(
        campaigns,
        *(one for one in ours if isinstance(one, RunnerDeployment)),
        limit=AT_ONCE + 1,
        query_seconds=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )
