"""Prefect's records of runs: their names and tags, and the rows that a killed process leaves."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.context import FlowRunContext
from prefect.states import Crashed

UNENDED = [StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED]
PAGE = 200  # what the API returns at once


def name_run(operation: str, cluster: str) -> None:
    """Let lists of runs show the operation and the cluster: as the run's name, and as tags."""
    label_run(f"{operation} {cluster}", f"cluster:{cluster}", f"operation:{operation}")


def label_run(name: str, *tags: str) -> None:
    """Give this flow run a name, and tags beside those that it has."""
    run = _current()
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.id, name=name, tags=sorted({*run.tags, *tags}))


def sweep_earlier_attempts() -> int:
    """End the task runs that a killed attempt of this flow run left unended; returns how many."""
    run = _current()
    if run.run_count <= 1:
        return 0
    with get_client(sync_client=True) as client:
        return sweep(client, [run.id], before_attempt=run.run_count)


def sweep(
    client: SyncPrefectClient, flow_runs: Iterable[UUID], before_attempt: int | None = None
) -> int:
    """End the unended task runs of flow runs; with `before_attempt`, those of earlier attempts.

    Without this they stay Running for ever, and stretch the graph until nothing is to be seen.
    """
    wanted, swept = list(flow_runs), 0
    if not wanted:
        return 0  # no filter would mean every run
    found = client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=wanted)),
        task_run_filter=TaskRunFilter(
            state=TaskRunFilterState(type=TaskRunFilterStateType(any_=UNENDED))
        ),
        limit=PAGE,
    )
    for row in found:
        if before_attempt is None or row.flow_run_run_count < before_attempt:
            ended: State[None] = Crashed(message="its process ended before it did")
            client.set_task_run_state(row.id, ended, force=True)
            swept += 1
    return swept


def _current() -> FlowRun:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("this is called inside a flow run")
    return context.flow_run
