"""A fleet that is only played: a clock that is set, runs that end by it, clusters on record."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from bedplate.adapters.journal import schema
from bedplate.fleet.campaign import Job
from bedplate.fleet.conductor import Order
from bedplate.fleet.observe import Child, Seen
from benchmarks.empty import SPEC

MONDAY = 1_767_571_200.0  # 2026-01-05 00:00 UTC
ZONES = ("Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC")
CANARY = "c00000"
FAILING = 0.02
SHORTEST, LONGEST = 1200.0, 2400.0
SAFE_POINT = 45.0  # seconds at most, from a wish to the safe point


@dataclass
class Clock:
    """A clock that shows what it is set to."""

    now: float = MONDAY

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass
class PlayedRuns:
    """Runs as Prefect keeps them, one for each key. Implements Children."""

    clock: Clock
    luck: random.Random = field(default_factory=lambda: random.Random(7))
    seen: dict[str, Seen] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    _ends: list[tuple[float, str, Child]] = field(default_factory=list)
    _stopping: set[str] = field(default_factory=set)

    def begin(self, order: Order) -> str:
        """Begin a run of twenty to forty minutes; a cluster that is to fail does so every time."""
        if order.key not in self.seen:
            fails = order.cluster != CANARY and random.Random(order.cluster).random() < FAILING
            self.begun.append(order.cluster)
            self._add(order.key, Child.FAILED if fails else Child.COMPLETED)
        return order.key

    def begin_job(self, job: Job, key: str) -> str:
        """Begin a job, which is well."""
        if key not in self.seen:
            self._add(key, Child.COMPLETED)
        return key

    def _add(self, key: str, end: Child) -> None:
        self.seen[key] = Seen(Child.ALIVE)
        at = self.clock.now + self.luck.uniform(SHORTEST, LONGEST)
        heapq.heappush(self._ends, (at, key, end))

    def look(self, runs: Sequence[str]) -> Mapping[str, Seen]:
        """Return how runs are now."""
        while self.next_end() <= self.clock.now:
            _, key, end = heapq.heappop(self._ends)
            self.seen[key] = Seen(end, "UPGRADE_BAD: injected" if end is Child.FAILED else "")
        return {run: self.seen[run] for run in runs}

    def stop(self, run: str) -> None:
        """Let a run come to its safe point."""
        if run not in self._stopping:
            self._stopping.add(run)
            at = self.clock.now + self.luck.uniform(0, SAFE_POINT)
            heapq.heappush(self._ends, (at, run, Child.CANCELLED))

    def next_end(self) -> float:
        """Return when the next run ends."""
        while self._ends and self.seen[self._ends[0][1]].child is not Child.ALIVE:
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else math.inf


def record_fleet(url: str, clusters: int, site: str = "simulated") -> None:
    """Record that so many clusters were created, in five time zones."""
    rows = list(_rows(clusters, site))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.insert(schema.runs), rows)
    engine.dispose()


def _rows(clusters: int, site: str) -> Iterator[dict[str, object]]:
    text = SPEC.read_text()
    for number in range(clusters):
        name = f"c{number:05d}"
        head = f"  name: {name}\n  labels: {{fleet: retail}}\n  annotations:\n    "
        head += f"bedplate/time-zone: {ZONES[number % len(ZONES)]}"
        yield {
            "id": f"create-{name}",
            "operation": "create",
            "cluster": name,
            "site": site,
            "spec_text": text.replace("w01", name).replace(f"  name: {name}", head, 1),
            "fingerprint": "f",
            "state": "completed",
            "started_at": float(number),
            "ended_at": number + 1.0,
            "requested_by": "ann",
        }
