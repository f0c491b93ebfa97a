"""Several machines as processes: Postgres, a Prefect server on it, and process workers.

Everything a real installation has switched on is on: a password, CSRF protection, the journal in
the same Postgres.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.events.worker import EventsWorker
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import AwaitingRetry

from deployments.children import Child
from deployments.home import Home
from deployments.installing import Pool, install
from deployments.prefect_settings import Address, prefect_environment
from tests import postgres
from tests.cli.conftest import write_keyed
from tests.debian import find_or_install
from tests.flows.served import free_port, processes_with
from tests.flows.server import wait_for

POOL = "bedplate"
LONG = 240.0
LEAVING = 10.0
LOGIN = "bedplate:of-these-tests"
# Slow enough to be met in the middle of a step, fast enough to wait for.
PACE = 0.015
SITES = ["apart-0", "apart-1", "apart-2"]


@dataclass
class Machines:
    """An installation: everything that runs, and what a person does to it."""

    folder: Path
    programs: Path
    port: int
    database: subprocess.Popen[str]
    running: dict[str, Child] = field(default_factory=dict)
    open: ExitStack = field(default_factory=ExitStack)

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def spec(self) -> str:
        """A specification with a key of its own: another is made for each site otherwise."""
        return write_keyed(self.folder).read_text()

    def journal(self, site: str) -> str:
        """Return the address of a site's journal: databases of their own, so that all have w01."""
        return f"postgresql+psycopg://bedplate@/{site}?host={self.folder}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a worker, the gateway or a person at the command line has."""
        return prefect_environment(self.home, Address("127.0.0.1", self.port)) | {
            "PREFECT_API_AUTH_STRING": LOGIN,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_WORKER_HEARTBEAT_SECONDS": "5",
            "PREFECT_CLIENT_MAX_RETRIES": "8",
        }

    # -- what runs ---------------------------------------------------------------------------

    def start_server(self) -> None:
        """Start the Prefect server; return when it is ready."""
        environment = self.environment | {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
                f"postgresql+asyncpg://bedplate@/prefect?host={self.folder}"
            ),
            "PREFECT_SERVER_DATABASE_DRIVER": "postgresql+asyncpg",
            "PREFECT_SERVER_API_AUTH_STRING": LOGIN,
            "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        }
        self._start("server", ["prefect", "server", "start"], environment)
        wait_for(self._is_ready, LONG)

    def start_worker(self, name: str, *, apart: bool = False) -> None:
        """Start a process worker; return when the server has heard of it.

        Apart: as on another machine, where process ids mean nothing here.
        """
        words = ["prefect", "worker", "start", "--pool", POOL, "--name", name]
        before = ["tests.flows.apart"] if apart else []
        self._start(name, before + words, self.environment)
        wait_for(lambda: name in self.workers(), LONG)

    def _start(self, name: str, words: list[str], environment: dict[str, str]) -> None:
        self.running[name] = Child(words, environment, self.folder / f"{name}.log")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, name: str) -> None:
        """End a process at once, with what it started."""
        self.running.pop(name).kill()

    def restart_postgres(self) -> None:
        """Let Postgres crash, dropping every connection, and start again."""
        postgres.stop(self.database)
        self.database = postgres.start_made(self.programs, self.folder)

    def stop(self) -> None:
        self.open.close()
        for child in reversed(self.running.values()):
            child.kill()
        # A flow's process is in a session of its own.
        for process in processes_with(f"BEDPLATE_HOME={self.home.root}"):
            os.kill(process, signal.SIGKILL)
        postgres.stop(self.database)

    # -- what the server is asked --------------------------------------------------------------

    @contextmanager
    def settings(self) -> Iterator[None]:
        """What is asked of Prefect inside this is asked of this server."""
        chosen = {
            PREFECT_API_URL: f"{self.url}/api",
            PREFECT_API_AUTH_STRING: LOGIN,
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
        return self.open.enter_context(get_client(sync_client=True))

    def workers(self) -> dict[str, str]:
        """The workers that the server knows, and how it thinks they are."""
        with self.client() as client:
            path: Any = f"/work_pools/{POOL}/workers/filter"  # Prefect lists those it knows
            answer = client.request("POST", path, json={})
            return {one["name"]: one["status"] for one in answer.json()}

    def begin(self, deployment: str = "create-cluster/create", **parameters: Any) -> UUID:
        """Ask for a run, as a ticketing system does; return its id."""
        with self.client() as client:
            found = client.read_deployment_by_name(deployment)
            return client.create_flow_run_from_deployment(found.id, parameters=parameters).id

    def run(self, run: UUID) -> FlowRun:
        with self.client() as client:
            return client.read_flow_run(run)

    def retry(self, run: UUID) -> None:
        """What the Retry button sends."""
        with self.client() as client:
            client.set_flow_run_state(run, AwaitingRetry(), force=True)

    def ended(self, run: UUID, attempt: int = 1) -> State[Any]:
        """Wait for the end of an attempt and return its state."""

        def look() -> State[Any] | None:
            found = self.run(run)
            final = found.state is not None and found.state.is_final()
            return found.state if final and found.run_count == attempt else None

        try:
            found: State[Any] = wait_for(look, LONG)
        except AssertionError:
            raise AssertionError(f"{self.run(run).state}\n{self.logs()}") from None
        return found

    def wait_for_step(self, run: UUID, name: str) -> None:
        """Wait until a step of a run is under way."""
        wanted = TaskRunFilter(name=TaskRunFilterName(any_=[name]))
        of = FlowRunFilter(id=FlowRunFilterId(any_=[run]))

        def look() -> bool:
            with self.client() as client:
                rows = client.read_task_runs(flow_run_filter=of, task_run_filter=wanted)
            return any(row.state_type is StateType.RUNNING for row in rows)

        wait_for(look, LONG)

    def processes_of(self, run: UUID) -> list[int]:
        """The processes that carry a run out."""
        return processes_with(f"PREFECT__FLOW_RUN_ID={run}")

    def logs(self) -> str:
        """The end of every log, for a test that failed."""
        files = self.folder.glob("*.log")
        return "\n".join(f"== {file.name}\n{file.read_text()[-3000:]}" for file in files)


@contextmanager
def other_server() -> Iterator[None]:
    """Let this process send what happens to another server from here on, and back afterwards.

    Prefect's thread that sends events is made once, and keeps the server of that moment.
    """
    EventsWorker.drain_all(timeout=LEAVING, at_exit=False)
    try:
        yield
    finally:
        EventsWorker.drain_all(timeout=LEAVING, at_exit=False)


# Not for the whole session: its schedules would start processes beside every other test.
@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """An installation with a worker; skips loudly where PostgreSQL cannot be installed."""
    programs = find_or_install(postgres.find_programs, "postgresql")
    folder = Path(tempfile.mkdtemp(prefix="bedplate-machines-", dir="/tmp"))
    with ExitStack() as ending, other_server():
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        made = Machines(folder, programs, free_port(), postgres.start(programs, folder))
        ending.callback(made.stop)
        server = postgres.PostgresServer(folder)
        for name in ("prefect", *SITES):
            server.execute(f'CREATE DATABASE "{name}"')
        lines = [f"{site}: {{pace: {PACE}, journal: '{made.journal(site)}'}}\n" for site in SITES]
        (made.home.folder("") / "sites.yaml").write_text("".join(lines))
        made.start_server()
        with made.settings():
            install(made.home, [Pool(POOL, sites=SITES)])
        made.start_worker("first")
        yield made
