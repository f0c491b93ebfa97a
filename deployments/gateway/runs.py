"""Flow runs of Prefect: which verbs there are, starting one, looking at one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterIdempotencyKey,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import State as PrefectState
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

from bedplate.operations import OPERATIONS
from deployments.catalog import SITE, entries
from deployments.gateway.prefect_api import reaching_prefect
from deployments.gateway.problems import NotAllowed
from flows.pools import at_site


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run: a verb, a flow's parameters, and the key that makes it one run only."""

    verb: str
    key: str
    parameters: Mapping[str, str]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Look:
    """A flow run as it is: its state in Prefect's words, and how many of its steps have ended."""

    type: StateType
    name: str
    message: str
    steps_ended: int


class Runs(Protocol):
    """Starts flow runs and looks at them."""

    def verbs(self) -> Sequence[str]:
        """Return the verbs that there is a deployment for."""

    def start(self, order: Order) -> str:
        """Return the id of the run with this key, made if need be; raises TemporaryError."""

    def known(self, key: str) -> str | None:
        """Return the id of the run that has this key already; raises TemporaryError."""

    def look(self, run_id: str) -> Look | None:
        """Return a run as it is, None where there is none any more; raises TemporaryError."""

    def url(self, run_id: str) -> str:
        """Return where a person sees the run."""


class PrefectRuns:
    """Flow runs of the deployments that `prefect.yaml` lists, at the server of the settings."""

    def __init__(self) -> None:
        # What reports or tidies up is started by schedules, and changes no cluster.
        self._entries = {one.name: one for one in entries() if one.name in OPERATIONS}

    def verbs(self) -> Sequence[str]:
        return tuple(self._entries)

    def start(self, order: Order) -> str:
        entry = self._entries[order.verb]
        flow = entry.flow()
        taken = set(flow.parameters.properties)
        _require_taken(order, taken, set(flow.parameters.required))
        with _client() as client:
            wanted = at_site(f"{flow.name}/{entry.name}", order.parameters.get(SITE, ""))
            deployment = client.read_deployment_by_name(wanted)
            run = client.create_flow_run_from_deployment(
                deployment.id,
                parameters={k: v for k, v in order.parameters.items() if k in taken},
                idempotency_key=order.key,
                tags=list(order.tags),
            )
        return str(run.id)

    def known(self, key: str) -> str | None:
        with _client() as client:
            wanted = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[key]))
            found = client.read_flow_runs(flow_run_filter=wanted, limit=1)
        return str(found[0].id) if found else None

    def look(self, run_id: str) -> Look | None:
        with _client() as client:
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(run_id)]))
            found = client.read_flow_runs(flow_run_filter=wanted)
            if not found:
                return None
            state: PrefectState[object] | None = found[0].state
            if state is None:
                return Look(StateType.SCHEDULED, "Scheduled", "", 0)
            return Look(
                state.type,
                state.name or state.type.value,
                state.message or "",
                _ended(client, wanted),
            )

    def url(self, run_id: str) -> str:
        base = PREFECT_UI_URL.value() or (PREFECT_API_URL.value() or "").removesuffix("/api")
        return f"{base.rstrip('/')}/runs/flow-run/{run_id}"


def _ended(client: SyncPrefectClient, run: FlowRunFilter) -> int:
    ended = TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.COMPLETED]))
    rows = client.read_task_runs(flow_run_filter=run, task_run_filter=TaskRunFilter(state=ended))
    return len({row.name for row in rows})


def _require_taken(order: Order, taken: set[str], required: set[str]) -> None:
    """Prefect takes unknown and missing parameters, and fails in the run, where nobody looks."""
    unknown = {name for name, value in order.parameters.items() if value} - taken
    missing = required - order.parameters.keys()
    if unknown or missing:
        words = ", ".join(sorted(unknown | missing))
        raise NotAllowed(
            "PARAMETERS_UNFIT",
            f"the flow of {order.verb!r} and this intent differ in: {words}",
            why="it would do something else than was asked for",
            remedy="ask for this verb in another way (docs/how-to/tickets.md)",
        )


@contextlib.contextmanager
def _client() -> Iterator[SyncPrefectClient]:
    with reaching_prefect(), get_client(sync_client=True) as client:
        yield client
