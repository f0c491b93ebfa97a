"""A PostgreSQL server of a benchmark's own, on a socket in a folder that goes away with it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bedplate.adapters.clock import SystemClock

PATIENCE = 120.0
SETTINGS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=300")


@contextmanager
def postgres(*databases: str) -> Iterator[Path]:
    """Run a server with some databases of the user `bedplate`; yields the socket's folder."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise SystemExit("this needs Debian's package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="bedplate-bench-", dir="/tmp"))
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    words = [str(found[-1] / "postgres"), "-D", f"{folder}/data", "-k", str(folder)]
    words += [word for setting in SETTINGS for word in ("-c", setting)]
    make = [str(found[-1] / "initdb"), "-D", f"{folder}/data", "-U", "bedplate", "-A", "trust"]
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*make, "-E", "UTF8", "-N"], check=True, user=user, **quiet)  # type: ignore[call-overload]
    server = subprocess.Popen(words, user=user, **quiet)  # type: ignore[call-overload]
    try:
        _create(folder, databases)
        yield folder
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> int | None:
    """Return the user that it runs as: PostgreSQL refuses root."""
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None


def _create(folder: Path, databases: tuple[str, ...]) -> None:
    import psycopg

    address = f"host={folder} user=bedplate dbname=postgres"
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                for name in databases:
                    connection.execute(f"CREATE DATABASE {name}".encode())
            return
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            SystemClock().sleep(0.2)
