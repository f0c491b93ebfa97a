"""What the journal says of a run's time."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import Attempt
from lab.up import Lab


@dataclass(frozen=True)
class Steps:
    """When each step's attempts began and ended."""

    attempts: Sequence[Attempt]

    @classmethod
    def of(cls, lab: Lab, cluster: str) -> Steps:
        """Return the steps of the newest run of a cluster."""
        url = f"sqlite:///{lab.home / 'journal.sqlite'}"
        with contextlib.closing(open_journal(url)) as journal:
            return cls(journal.attempts(journal.runs(cluster, 1)[0].id))

    def rows(self) -> list[tuple[str, float]]:
        """Return the seconds of each step."""
        return [
            (one.step, (one.ended_at or one.started_at) - one.started_at) for one in self.attempts
        ]

    @property
    def total(self) -> float:
        """Return the seconds from the first beginning to the last end."""
        ends = [one.ended_at for one in self.attempts if one.ended_at is not None]
        return max(ends) - min(one.started_at for one in self.attempts)

    @property
    def idle(self) -> float:
        """Return the seconds in which no step worked or waited."""
        spans = sorted((one.started_at, one.ended_at or one.started_at) for one in self.attempts)
        covered, end = 0.0, spans[0][0]
        for start, stop in spans:
            covered += max(0.0, stop - max(start, end))
            end = max(end, stop)
        return self.total - covered

    def __str__(self) -> str:
        longest = sorted(self.rows(), key=lambda row: -row[1])[:4]
        named = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in longest)
        return (
            f"{self.total:.0f} s, in {self.idle:.2f} s of them no step at work"
            f" ({self.idle / self.total:.2%}); longest: {named}"
        )
