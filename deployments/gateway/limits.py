"""How much one sender may send: a bucket of tokens that fills at a steady rate."""

from __future__ import annotations

import math
import threading

from deployments.gateway.problems import Overloaded

MOST_SENDERS = 10_000  # an attacker with many addresses must not fill the memory


class Buckets:
    """A bucket for each sender: `burst` at once, then `per_second`."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, float(burst)
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, sender: str, now: float) -> None:
        """Take one token; raises Overloaded, which says when there will be one."""
        with self._lock:
            left, at = self._left.get(sender, (self._burst, now))
            left = min(self._burst, left + max(0.0, now - at) * self._per_second)
            if left < 1:
                raise Overloaded(
                    "this sender sends more than the gateway takes from one",
                    math.ceil((1 - left) / self._per_second),
                )
            if len(self._left) >= MOST_SENDERS:
                self._left.clear()
            self._left[sender] = (left - 1, now)
