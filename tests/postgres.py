"""A private PostgreSQL server for the tests, from Debian's packages.

One server per test process that asks for it, on a Unix socket in a folder of its own, without a TCP
port. It ends with the tests; where the tests are killed, the kernel ends it (setpriv --pdeathsig).
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.debian import find_or_install

READY = "database system is ready to accept connections"


@dataclass(frozen=True)
class PostgresServer:
    """A running server: where its socket is."""

    folder: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://bedplate@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the superuser, outside a transaction."""
        address = f"host={self.folder} user=bedplate dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Yield a running server; skip loudly where PostgreSQL cannot be installed."""
    programs = find_or_install(find_programs, "postgresql")
    # Not pytest's tmp_path: a socket's path may be 107 bytes long, and the server's user enters it.
    folder = Path(tempfile.mkdtemp(prefix="bedplate-pg-", dir="/tmp"))
    try:
        server = start(programs, folder)
        try:
            yield PostgresServer(folder)
        finally:
            stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Yield the SQLAlchemy URL of a new, empty database, dropped after the test."""
    database = f"test_{uuid.uuid4().hex[:12]}"
    postgres_server.execute(f"CREATE DATABASE {database}")
    yield postgres_server.url(database)
    postgres_server.execute(f"DROP DATABASE {database} WITH (FORCE)")


def find_programs() -> Path | None:
    """Return the folder with initdb and postgres, of the newest version."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def become_server_user() -> dict[str, Any]:
    """Return the Popen arguments for the user that the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def start(programs: Path, folder: Path) -> subprocess.Popen[str]:
    """Make a database cluster in the folder and start its server; return when it takes connections.

    Raises RuntimeError with the server's words when it does not start.
    """
    make(programs, folder)
    return start_made(programs, folder)


def make(programs: Path, folder: Path) -> None:
    """Make a database cluster in the folder."""
    user = become_server_user()
    if user:
        shutil.chown(folder, user["user"])
    words = [f"{programs}/initdb", f"--pgdata={folder}/data", "--username=bedplate"]
    words += ["--encoding=UTF8", "--auth=trust", "--no-sync"]
    subprocess.run(words, check=True, capture_output=True, env=environment(), cwd=folder, **user)


def environment() -> dict[str, str]:
    """Return the environment of PostgreSQL's programs."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}


def start_made(programs: Path, folder: Path) -> subprocess.Popen[str]:
    """Start the server of a database cluster; return when it takes connections."""
    data, user = folder / "data", become_server_user()
    # Settings of a server whose data nobody needs tomorrow.
    settings = ["listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=200"]
    command = [f"{programs}/postgres", "-D", f"{data}", "-k", f"{folder}"]
    command += [word for setting in settings for word in ("-c", setting)]
    server = subprocess.Popen(
        [*tied_to_us(), *command],
        env=environment(),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        **user,
    )
    wait_until_ready(server)
    return server


def tied_to_us() -> list[str]:
    """Return the words that make the kernel stop the server when this process dies."""
    return ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []


def wait_until_ready(server: subprocess.Popen[str]) -> None:
    """Read what the server says until it is ready; afterwards keep its pipe from filling up."""
    assert server.stderr is not None
    said = []
    for line in server.stderr:
        said.append(line)
        if READY in line:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return
    raise RuntimeError(f"PostgreSQL did not start: {''.join(said)}")


def stop(server: subprocess.Popen[str]) -> None:
    """Stop the server at once, dropping what connections are left."""
    server.send_signal(signal.SIGQUIT)
    server.wait(timeout=30)
