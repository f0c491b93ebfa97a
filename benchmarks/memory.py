"""What all processes below this one hold."""

from __future__ import annotations

import os
import threading
from pathlib import Path


class Memory:
    """Watches what all processes below this one hold, in MiB; shared pages count once."""

    def __init__(self) -> None:
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(2.0):
            self.peak = max(self.peak, sum(map(_held, _below(os.getpid()))) // 1024)


def _below(pid: int) -> list[int]:
    """Return the processes that one has begun, and those that they have."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        words = [word for one in threads for word in (one / "children").read_text().split()]
    except OSError:
        return []  # it ended meanwhile
    children = [int(word) for word in words]
    return [*children, *(below for child in children for below in _below(child))]


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
