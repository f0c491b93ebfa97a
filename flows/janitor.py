"""Ends what killed processes left unended: flow runs without a sign of life, and orphan task runs.

A worker that is killed, or stopped while it works, leaves its flow run Running for ever, and
Prefect offers no Retry for a run that runs; killed while the process starts, it leaves it Pending.
This looks at heartbeats of running runs, and at how long a run has been Pending: one that is
suspended for an approval, or scheduled and waits for a worker or a slot, is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, State, StateType
from prefect.events.filters import (
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventResourceFilter,
)
from prefect.settings import get_current_settings
from prefect.states import Completed, Crashed

from flows.backup import backup_cluster
from flows.create import create_cluster
from flows.delete import delete_cluster
from flows.fleet_upgrade import fleet_upgrade
from flows.renew_certificates import renew_certificates
from flows.restore import restore_cluster
from flows.rotate_credentials import rotate_credentials
from flows.rows import PAGE, UNENDED, sweep
from flows.scale import scale_cluster
from flows.upgrade import upgrade_cluster

OPERATIONS = [
    create_cluster.name,
    upgrade_cluster.name,
    scale_cluster.name,
    backup_cluster.name,
    restore_cluster.name,
    delete_cluster.name,
    renew_certificates.name,
    rotate_credentials.name,
    fleet_upgrade.name,
]
"""The names of the flows that are looked after."""

HEARTBEAT = "prefect.flow-run.heartbeat"
BEATS_MISSED = 3
STARTING = timedelta(minutes=10)
"""A worker has a slot when a run becomes Pending; its process takes seconds from there on."""
SETTLING = timedelta(seconds=60)
"""Task runs are recorded from events, some seconds late: a younger row may yet end by itself."""


@flow(
    name="janitor",
    flow_run_name="look for dead runs",
    description="End runs whose process is gone, so that Retry can take them up again.",
    persist_result=False,
)
def janitor() -> State[None]:
    """Look once."""
    seconds = get_current_settings().flows.heartbeat_frequency
    with get_client(sync_client=True) as client:
        silent = [] if seconds is None else _end_silent_runs(client, BEATS_MISSED * seconds)
        dead = silent + _end_stillborn_runs(client)
        swept = sweep(client, [run.id for run in dead]) + _sweep_ended_runs(client)
    return Completed(message=_told([run.name for run in dead], swept))


def _told(silent: Sequence[str], swept: int) -> str:
    if not silent and not swept:
        return "Nothing to clean"
    return f"Without a sign of life: {', '.join(silent) or 'no run'}; {swept} task runs ended"


def _end_silent_runs(client: SyncPrefectClient, seconds: float) -> list[FlowRun]:
    since = _now() - timedelta(seconds=seconds)
    running = _flow_runs(
        client,
        FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])),
            start_time=FlowRunFilterStartTime(before_=since),
        ),
    )
    return [run for run in running if _end_if_silent(client, run, since)]


def _end_stillborn_runs(client: SyncPrefectClient) -> list[FlowRun]:
    """End runs whose machine died while their process started: no worker takes them up again."""
    since = _now() - STARTING
    pending = _flow_runs(
        client,
        FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=since),
            # One without a deployment is a process of somebody's own that has begun.
            deployment_id=FlowRunFilterDeploymentId(is_null_=False),
        ),
    )
    # When a run was to start says nothing of how long it waited for a worker.
    old = [run for run in pending if run.state is not None and run.state.timestamp < since]
    return [run for run in old if _end_if_silent(client, run, since)]


def _end_if_silent(client: SyncPrefectClient, run: FlowRun, since: datetime) -> bool:
    if _has_heartbeat(client, run.id, since):
        return False
    # Read again, and not by force: it may have ended, or begun anew, while this looked.
    if client.read_flow_run(run.id).state_id != run.state_id:
        return False
    dead: State[None] = Crashed(message="no sign of life; Retry goes on from the step that broke")
    client.set_flow_run_state(run.id, dead)
    get_run_logger().warning("%s (%s) gave no sign of life", run.name, run.id)
    return True


def _has_heartbeat(client: SyncPrefectClient, run: UUID, since: datetime) -> bool:
    heard = client.read_events(
        EventFilter(
            occurred=EventOccurredFilter(since=since),
            event=EventNameFilter(name=[HEARTBEAT]),
            resource=EventResourceFilter(id=[f"prefect.flow-run.{run}"]),
        ),
        limit=1,
    )
    return bool(heard.events)


def _sweep_ended_runs(client: SyncPrefectClient) -> int:
    ended = _flow_runs(
        client,
        FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
            end_time=FlowRunFilterEndTime(before_=_now() - SETTLING),
        ),
        TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=UNENDED))),
    )
    return sweep(client, [run.id for run in ended])


def _flow_runs(
    client: SyncPrefectClient, wanted: FlowRunFilter, rows: TaskRunFilter | None = None
) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=OPERATIONS)),
        flow_run_filter=wanted,
        task_run_filter=rows,
        limit=PAGE,
    )


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
