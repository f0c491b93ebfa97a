"""Who this process is, and whether the process that a record names still lives."""

from __future__ import annotations

import functools
import os
import socket
import uuid
from dataclasses import replace
from pathlib import Path

from bedplate.engine.journal import Runner

PROC = Path("/proc")
ENDED = frozenset("ZX")


def this_runner() -> Runner:
    """Return the identity of this process; another one after a fork."""
    return _runner(os.getpid())


def is_alive(runner: Runner) -> bool | None:
    """Return whether a runner's process lives; None where this process cannot know."""
    if runner.host != this_host():
        return None
    seen = _look(runner.pid)
    if seen is None:
        return _is_hidden_or_gone(runner.pid)
    state, started = seen
    # A zombie has ended: its parent has not yet asked how.
    return state not in ENDED and started == runner.started


@functools.cache
def this_host() -> str:
    """Name the only space in which process ids mean the same.

    A container has the kernel's boot id but its own process ids; a machine that booted again kept
    its name but none of its processes.
    """
    boot = _text(PROC / "sys/kernel/random/boot_id").split("-")[0]
    space = _link(PROC / "self/ns/pid").strip("pid:[]")
    return "/".join(part for part in (socket.gethostname(), boot, space) if part)


@functools.cache
def _runner(pid: int) -> Runner:
    seen = _look(pid)
    started = "" if seen is None else seen[1]
    host = this_host()
    return Runner(id=f"{host}/{pid}/{started}", host=host, pid=pid, started=started)


def _look(pid: int) -> tuple[str, str] | None:
    """Return a process's state and its start (clock ticks since boot); None where it is unseen."""
    # The name stands in brackets and may hold spaces and brackets itself: see proc(5).
    _, bracket, rest = _text(PROC / str(pid) / "stat").rpartition(")")
    if not bracket:
        return None
    fields = rest.split()
    return fields[0], fields[19]


def _is_hidden_or_gone(pid: int) -> bool | None:
    """Tell a dead process (False) from one that /proc does not show to this user (None)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return None
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def session_runner() -> Runner:
    """Return another identity each time: two sessions of one process are two runners.

    Neither may take the other's lease over.
    """
    runner = this_runner()
    return replace(runner, id=f"{runner.id}/{uuid.uuid4().hex[:8]}")
