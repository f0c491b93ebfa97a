"""Servers of the lab that outlive the command that started them, by files in a folder."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.files import FolderFiles
from bedplate.errors import Owner, PermanentError

START_SECONDS = 60.0
STOP_SECONDS = 10.0
LOOK_EVERY = 0.1
ANSWER_SECONDS = 5.0

ROOT = Path(__file__).parents[1]
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class _Process:
    """A process id can be given away anew; together with the time of its start it cannot."""

    pid: int
    started: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A server: its command, where it is, and the look that tells whether it answers there.

    `state` is the folder of its record and its log; `variables` are put into its environment.
    """

    name: str
    command: tuple[str, ...]
    address: str
    answers: Callable[[], bool]
    state: Path
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def log(self) -> Path:
        """Return the file with what it says."""
        return self.state / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """Return its process id; None where it does not run."""
        found = self._recorded()
        return found.pid if found is not None and _runs(found) else None

    def start(self) -> None:
        """Start it unless it runs with this very command, and wait until it answers.

        Raises:
            PermanentError: LAB_SERVICE_FAILED, it ended or did not answer within START_SECONDS.
        """
        found = self._recorded()
        if found is None or not _runs(found) or found.command != self.command:
            self.stop()
            self._launch()
        deadline = _CLOCK.now() + START_SECONDS
        while not self.answers():
            if self.pid is None or _CLOCK.now() > deadline:
                raise self._failed()
            _CLOCK.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """End it; one that does not run is success."""
        found = self._recorded()
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = _CLOCK.now() + STOP_SECONDS
            if found is not None and _runs(found):
                os.kill(found.pid, number)
                while _runs(found) and _CLOCK.now() < deadline:
                    _CLOCK.sleep(LOOK_EVERY)
        FolderFiles(self.state).remove(self._record)

    @property
    def _record(self) -> str:
        return f"{self.name}.json"

    def _launch(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **dict(self.variables)},
                start_new_session=True,
            )
        record = {"pid": process.pid, "started": _started(process.pid), "command": self.command}
        FolderFiles(self.state).write(self._record, json.dumps(record))
        # It is to outlive us, so nobody waits for it; _runs takes a dead child off our hands.
        process.returncode = 0

    def _recorded(self) -> _Process | None:
        text = FolderFiles(self.state).read(self._record)
        if text is None:
            return None
        found = json.loads(text)
        return _Process(int(found["pid"]), str(found["started"]), tuple(found["command"]))

    def _failed(self) -> PermanentError:
        said = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        return PermanentError(
            "LAB_SERVICE_FAILED",
            f"{self.name} does not answer at {self.address}: {' '.join(said) or 'it said nothing'}",
            why="machines of the lab read from it",
            remedy=f"read {self.log}, and see whether something else listens there",
            owner=Owner.PLATFORM,
        )


def answers_over_tls(url: str, ca_file: Path) -> bool:
    """Return whether something answers at a URL, in TLS that the authority vouches for."""
    context = ssl.create_default_context(cafile=str(ca_file))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(url, timeout=ANSWER_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True  # it is there, whatever it thinks of the question
    except OSError:
        return False


def _runs(process: _Process) -> bool:
    _reap(process.pid)
    started = _started(process.pid)
    return bool(started) and started == process.started


def _started(pid: int) -> str:
    """Return when a process began, in ticks since the machine did; empty where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *rest = text.rpartition(")")[2].split()
    return "" if state == "Z" else rest[18]


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # another command started it
