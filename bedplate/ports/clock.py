"""Time, injected so that tests and the simulated site need not wait."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The time of a site."""

    def now(self) -> float:
        """Return seconds that only grow; the zero is arbitrary but survives a restart."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at the site."""
        ...
