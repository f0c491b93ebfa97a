"""Ctrl-C and SIGTERM: the first asks the run to stop, the second ends the process at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType

from deployments.cli.exits import INTERRUPTED

SHOW_CURSOR = b"\x1b[?25h"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While it is entered, signals call `stop` once; the next one leaves without a word.

    Leaving at once is safe: the journal and the world are then as after a SIGKILL.
    """

    def __init__(self, stop: Callable[[], None], tell: Callable[[str], None]) -> None:
        self._stop = stop
        self._tell = tell
        self.came = False

    def __enter__(self) -> Interrupts:
        self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            _leave()
        self.came = True
        self._stop()
        self._tell("Stopping: steps end at their next look; once more to leave at once")


def _leave() -> None:
    if os.isatty(1):
        os.write(1, SHOW_CURSOR)  # the live part hid it
    os._exit(INTERRUPTED)
