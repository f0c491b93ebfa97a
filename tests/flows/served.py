"""`python -m deployments.serve` as a process of its own, and what a person does with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.flows.server import Server

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "deployments.serve"]


@dataclass(frozen=True)
class Serving:
    """A local Prefect server with the deployments, started as the README says."""

    process: subprocess.Popen[str]
    home: Path
    url: str

    @property
    def server(self) -> Server:
        return Server(f"{self.url}/api")

    @property
    def deployment(self) -> str:
        found: str = self.server.get("deployments/name/create-cluster/create")["id"]
        return found

    def begin(self, **parameters: Any) -> str:
        """Ask for a cluster over the API, as a ticketing system does; return the run's id."""
        path = f"deployments/{self.deployment}/create_flow_run"
        run: str = self.server.ask(path, parameters=parameters)["id"]
        return run

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def serving(home: Path, port: int) -> Iterator[Serving]:
    """Serve until the block ends."""
    process = start(home, "--port", str(port))
    try:
        said = read_until(process, "Ctrl-C ends it.")
        url = f"http://127.0.0.1:{port}"
        assert url in said, said
        yield Serving(process, home, url)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=ROOT,
        env=os.environ | {"BEDPLATE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], last: str) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if last in line:
            return said
    raise AssertionError(f"it ended: {said}")


def processes_with(text: str) -> list[int]:
    """The ids of every other process whose environment holds a text."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue  # it ended, or is somebody else's
        if text.encode() in environment:
            found.append(int(folder.name))
    return found
