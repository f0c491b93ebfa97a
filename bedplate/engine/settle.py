"""One attempt at a step: look, act, look until it is so, within the phase's patience."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bedplate.engine.effects import Ledger
from bedplate.engine.journal import Run
from bedplate.engine.operation import Step
from bedplate.engine.phase import Patience, Waiting
from bedplate.engine.watch import Watch
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.fact import Fact, Given
from bedplate.ports.tools import Tools

# While a step waits, what `keep` saves is never older than this (site seconds).
SAVE_SECONDS = 60.0

# After something changed the next change is often near: looks begin this close together, and each
# pause is longer than the one before, up to what the phase says. What is over is seen before it has
# taken half as long again; with pauses that double, it could seem to take twice as long.
FIRST_POLL = 0.5
POLL_GROWTH = 1.5

Done = TypeVar("Done")
Keep = Callable[[Tools], None]


STOPPED = "STOPPED"


def stopped(run: Run) -> PermanentError:
    """Return the error of an attempt that was asked to end; the run stays open."""
    return PermanentError(
        STOPPED,
        f"{run.operation} of {run.cluster} was asked to stop",
        why="the process was interrupted",
        remedy=f"bedplate resume {run.id}",
        owner=Owner.PLATFORM,
    )


class DeadlineExceeded(TemporaryError):
    """An attempt's time is over; the message holds what was last waited on."""


def may_try_again(patience: Patience, errors: Sequence[TemporaryError]) -> bool:
    """Say whether there is another attempt after those that ended with these errors."""
    late = sum(isinstance(error, DeadlineExceeded) for error in errors)
    return late < patience.attempts and len(errors) < patience.tries


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the fact, and whether any work was needed."""

    fact: Fact
    kept: bool
    seconds: float


class Attempt:
    """One attempt at one step.

    `keep` saves what a lost bootstrap cluster would take with it; it is called while the step waits
    and when it is settled. `still_ours` raises LeaseLost where the lease was taken over. Without
    `look_first` the work is asked for whatever the world looks like: the specification changed.
    """

    def __init__(
        self,
        step: Step,
        given: Given,
        tools: Tools,
        ledger: Ledger,
        watch: Watch,
        still_ours: Callable[[], None],
        keep: Keep | None = None,
        *,
        look_first: bool = True,
    ) -> None:
        self._step = step
        self._given = given
        self._tools = tools
        self._ledger = ledger
        self._watch = watch
        self._still_ours = still_ours
        self._keep = keep
        self._look_first = look_first
        self._clock = tools.ports.clock
        self._started = self._saved_at = self._clock.now()
        self.waited_on: str | None = None
        self._poll = FIRST_POLL

    @property
    def seconds(self) -> float:
        """Site seconds since the attempt began."""
        return self._clock.now() - self._started

    def settle(self) -> Outcome:
        """Bring the step about; raises what the phase raises, or DeadlineExceeded."""
        phase = self._step.phase
        found = phase.check(self._given, self._tools) if self._look_first else None
        if found is not None:
            return Outcome(found, kept=True, seconds=self.seconds)
        self._watch.started(self._step)
        self._repeat(lambda: self._act(phase.run), tolerant=False)
        fact = self._repeat(lambda: phase.verify(self._given, self._tools), tolerant=True)
        self._save()
        return Outcome(fact, kept=False, seconds=self.seconds)

    def undo(self) -> None:
        """Take the step back; raises what the phase raises, or DeadlineExceeded."""
        self._repeat(lambda: self._act(self._step.phase.undo), tolerant=False)

    def _act(self, verb: Callable[[Given, Tools], Waiting | None]) -> Waiting | None:
        self._ledger.open = True
        try:
            return verb(self._given, self._tools)
        finally:
            self._ledger.open = False

    def _repeat(self, look: Callable[[], Done | Waiting], *, tolerant: bool) -> Done:
        while True:
            seen = self._once(look, tolerant)
            if not isinstance(seen, Waiting):
                return seen
            if seen.on != self.waited_on:
                self.waited_on = seen.on
                self._poll = FIRST_POLL
                self._watch.waiting(self._step, seen)
                self._save()
            elif self._clock.now() - self._saved_at >= SAVE_SECONDS:
                self._save()
            self._pause(seen)

    def _once(self, look: Callable[[], Done | Waiting], tolerant: bool) -> Done | Waiting:
        self._still_ours()
        try:
            return look()
        except TemporaryError as error:
            if not tolerant:
                raise
            return Waiting(f"an answer after {error}", error.as_dict())

    def _pause(self, seen: Waiting) -> None:
        patience = self._step.phase.patience
        left = patience.deadline - self.seconds
        if left <= 0:
            evidence = "; ".join(f"{key}: {value}" for key, value in seen.evidence.items())
            raise DeadlineExceeded(
                "DEADLINE",
                f"{self._step.name} still waits on {seen.on} after {self.seconds:.0f} s"
                + (f" ({evidence})" if evidence else ""),
                why=f"one attempt may take {patience.deadline:.0f} s",
                remedy="look into what it waits on, then resume",
                owner=Owner.PLATFORM,
            )
        self._clock.sleep(min(self._poll, patience.poll, left))
        self._poll *= POLL_GROWTH

    def _save(self) -> None:
        if self._keep is None:
            return
        self._saved_at = self._clock.now()
        self._ledger.open = True
        try:
            self._keep(self._tools)
        except TemporaryError:
            return  # the copy is a precaution: the next look saves it
        finally:
            self._ledger.open = False
