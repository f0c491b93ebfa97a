"""What a person or a ticketing system asks a Prefect server, whose password is switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterTags,
    TaskRunFilter,
    TaskRunFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import AwaitingRetry

from bedplate.adapters.clock import SystemClock

Seen = TypeVar("Seen")
LONG = 240.0
LOOK_EVERY = 0.2


@dataclass
class PrefectServer:
    """A server's API, at an address without the path."""

    url: str
    login: str
    _open: ExitStack = field(default_factory=ExitStack)
    _clock: SystemClock = field(default_factory=SystemClock)

    @contextmanager
    def settings(self) -> Iterator[None]:
        """What is asked of Prefect inside this is asked of this server."""
        chosen = {
            PREFECT_API_URL: f"{self.url}/api",
            PREFECT_API_AUTH_STRING: self.login,
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        }
        with temporary_settings(chosen):
            yield

    @contextmanager
    def client(self) -> Iterator[SyncPrefectClient]:
        """One client for all that is asked: making one takes longer than asking."""
        with self.settings():
            yield self._client

    @cached_property
    def _client(self) -> SyncPrefectClient:
        return self._open.enter_context(get_client(sync_client=True))

    def close(self) -> None:
        """Forget the client."""
        self._open.close()

    def workers(self, pool: str) -> dict[str, str]:
        """Return the workers that the server knows, and how it thinks they are."""
        with self.client() as client:
            found = client.read_workers_for_work_pool(pool)
            return {one.name: one.status.value for one in found}

    def begin(self, deployment: str, **parameters: object) -> UUID:
        """Ask for a run; returns its id."""
        with self.client() as client:
            found = client.read_deployment_by_name(deployment)
            return client.create_flow_run_from_deployment(found.id, parameters=parameters).id

    def run(self, run: UUID) -> FlowRun:
        """Return a run as it stands."""
        with self.client() as client:
            return client.read_flow_run(run)

    def retry(self, run: UUID) -> None:
        """Send what the Retry button sends."""
        with self.client() as client:
            client.set_flow_run_state(run, AwaitingRetry(), force=True)

    def tagged(self, tag: str) -> list[FlowRun]:
        """Return the runs that have a tag."""
        wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[tag]))
        with self.client() as client:
            return client.read_flow_runs(flow_run_filter=wanted)

    def ended(self, run: UUID, attempt: int = 1, seconds: float = LONG) -> State[Any]:
        """Wait for the end of an attempt and return its state; raises TimeoutError."""

        def look() -> State[Any] | None:
            found = self.run(run)
            final = found.state is not None and found.state.is_final()
            return found.state if final and found.run_count == attempt else None

        return self.wait_for(look, seconds)

    def wait_for_step(self, run: UUID, name: str) -> None:
        """Wait until a step of a run is under way; raises TimeoutError."""
        wanted = TaskRunFilter(name=TaskRunFilterName(any_=[name]))
        of = FlowRunFilter(id=FlowRunFilterId(any_=[run]))

        def look() -> bool:
            with self.client() as client:
                rows = client.read_task_runs(flow_run_filter=of, task_run_filter=wanted)
            return any(row.state_type is StateType.RUNNING for row in rows)

        self.wait_for(look)

    def wait_for(self, look: Callable[[], Seen | None], seconds: float = LONG) -> Seen:
        """Look until there is something to see, and return it; raises TimeoutError."""
        end = self._clock.now() + seconds
        while self._clock.now() < end:
            if seen := look():
                return seen
            self._clock.sleep(LOOK_EVERY)
        raise TimeoutError(f"nothing to see after {seconds:.0f} s")
