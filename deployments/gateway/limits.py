"""How much one sender may send: a bucket of tokens that fills at a steady rate."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from deployments.gateway.problems import Overloaded

SHARE_SECONDS = 5
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


class Shares:
    """How many of the places one peer may hold at once with bodies that are on their way."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, Counter[str]()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, peer: str) -> Iterator[None]:
        """Hold one until the block ends; raises Overloaded."""
        with self._lock:
            if self._held[peer] >= self._most:
                raise Overloaded("this peer sends too many bodies at once", SHARE_SECONDS)
            self._held[peer] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[peer] -= 1
                self._held += Counter()  # forgets who holds none
