"""How far a run is: which steps may begin now. Pure; drivers with threads or Prefect ask it."""

from __future__ import annotations

from bedplate.engine.operation import Step
from bedplate.engine.plan import Action, Plan


class Progress:
    """The state of one run's steps.

    A driver starts what `ready()` returns, tells `settled` or `failed`, and asks again until
    `finished`. A failure lets steps that already run end and starts nothing new.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._settled = set(plan.names(Action.KEEP))
        self._waiting = set(plan.names(Action.DO, Action.LOOK))
        self._running: set[str] = set()
        self._failed: set[str] = set()

    def ready(self) -> tuple[Step, ...]:
        """Return the steps that may begin, marked as begun; each is returned once."""
        if self._failed:
            return ()
        steps = tuple(
            d.step
            for d in self._plan.decisions
            if d.step.name in self._waiting and d.step.after <= self._settled
        )
        for step in steps:
            self._waiting.discard(step.name)
            self._running.add(step.name)
        return steps

    def settled(self, name: str) -> None:
        """Record that a step ended well."""
        self._running.discard(name)
        self._settled.add(name)

    def failed(self, name: str) -> None:
        """Record that a step failed: nothing new begins."""
        self._running.discard(name)
        self._failed.add(name)

    @property
    def finished(self) -> bool:
        """Whether nothing runs and nothing can begin."""
        if self._running:
            return False
        return bool(self._failed) or not any(
            self._plan[name].step.after <= self._settled for name in self._waiting
        )

    @property
    def complete(self) -> bool:
        """Whether every step of the table is settled."""
        return self._settled == {d.step.name for d in self._plan.decisions}
