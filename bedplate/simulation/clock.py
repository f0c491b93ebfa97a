"""The clock of a simulated world: to sleep is to let the world's time pass."""

from __future__ import annotations

import time

from bedplate.simulation.world import World


class SimulatedClock:
    """The time of a world. Sleepers at the same time wake at the same time, not one after another.

    `pace` is how many real seconds one simulated second takes; 0 means none.
    """

    def __init__(self, world: World, pace: float = 0.0) -> None:
        self._world = world
        self._pace = pace

    def now(self) -> float:
        """Return the world's time, in seconds that survive a restart."""
        return self._world.now()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass in the world, with all that happens in it meanwhile."""
        wake = self._world.now() + max(0.0, seconds)
        if self._pace > 0:
            time.sleep(max(0.0, seconds) * self._pace)
        self._world.advance(wake)
