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
from prefect.client.schemas.objects import State
from prefect.events.worker import EventsWorker

from deployments.children import Child
from deployments.home import Home
from deployments.installing import Pool, install
from deployments.prefect_settings import Address, prefect_environment
from lab.ports import free_port
from lab.prefect_server import PrefectServer
from tests import postgres
from tests.cli.conftest import write_keyed
from tests.debian import find_or_install
from tests.flows.served import processes_with
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
        wait_for(lambda: name in self.prefect.workers(POOL), LONG)

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
        self.prefect.close()
        for child in reversed(self.running.values()):
            child.kill()
        # A flow's process is in a session of its own.
        for process in processes_with(f"BEDPLATE_HOME={self.home.root}"):
            os.kill(process, signal.SIGKILL)
        postgres.stop(self.database)

    # -- what the server is asked --------------------------------------------------------------

    @cached_property
    def prefect(self) -> PrefectServer:
        return PrefectServer(self.url, LOGIN)

    def ended(self, run: UUID, attempt: int = 1) -> State[Any]:
        """Wait for the end of an attempt and return its state."""
        try:
            return self.prefect.ended(run, attempt, LONG)
        except TimeoutError:
            raise AssertionError(f"{self.prefect.run(run).state}\n{self.logs()}") from None

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
        with made.prefect.settings():
            install(made.home, [Pool(POOL, sites=SITES)])
        made.start_worker("first")
        yield made
