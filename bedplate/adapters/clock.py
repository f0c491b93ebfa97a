"""The time of this machine."""

from __future__ import annotations

import time


class SystemClock:
    """Unix time, and real waiting."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
