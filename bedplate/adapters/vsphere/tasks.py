"""Waiting for what vCenter does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from bedplate.adapters.vsphere.api import vim
from bedplate.errors import Owner, TemporaryError

T = TypeVar("T")

FIRST_LOOK, LAST_LOOK = 0.05, 2.0  # seconds between looks: short tasks end at once


def finish(task: vim.Task, patience: float) -> Any:  # noqa: ANN401 - what the task made
    """Wait until a task has ended; returns its result, raises the fault it ended with."""
    info: Any = wait(lambda: _ended(task), patience, f"the task {task.info.descriptionId}")
    if info.state == vim.TaskInfo.State.error:
        raise info.error
    return info.result


def wait(look: Callable[[], T | None], patience: float, what: str) -> T:
    """Look again and again until there is something to return."""
    until, pause = time.monotonic() + patience, FIRST_LOOK
    while (found := look()) is None:
        if time.monotonic() > until:
            raise TemporaryError(
                "API_UNAVAILABLE",
                f"{what} did not end within {patience:.0f} s",
                why="vCenter or a host is too busy, or the task waits for a person",
                remedy="see Recent Tasks in the vSphere client; it is tried again",
                owner=Owner.VSPHERE,
            )
        time.sleep(pause)
        pause = min(pause * 2, LAST_LOOK)
    return found


def _ended(task: vim.Task) -> vim.TaskInfo | None:
    info = task.info
    over = info.state in (vim.TaskInfo.State.success, vim.TaskInfo.State.error)
    return info if over else None
