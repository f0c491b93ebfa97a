"""What a run says, line by line, in the order of its table although steps run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bedplate.engine.operation import Operation, Step
from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Action, Decision, Plan
from bedplate.engine.settle import STOPPED
from bedplate.errors import BedplateError
from bedplate.spec import ClusterSpec


class Speaker:
    """Says a step's title when it begins, then its lines, later rows never before earlier ones.

    The lines of a step are held back until every earlier row has begun or needs no work. `flush`
    says what is still held, when nothing more will begin.
    """

    def __init__(self, operation: Operation, spec: ClusterSpec, say: Callable[[str], None]) -> None:
        self._order = [step.name for step in operation.steps]
        self._spec = spec
        self._say = say
        self._begun: set[str] = set()
        self._held: dict[str, list[str]] = {name: [] for name in self._order}
        self._next = 0  # every row before this one has begun
        self._lock = threading.Lock()
        self._is_planned = False
        self.broken: Step | None = None
        self.has_work = False

    def planned(self, plan: Plan) -> None:
        """Say which steps are kept; what nobody asked for holds nothing back."""
        self._is_planned = True
        self.has_work = bool(plan.names(Action.DO))
        for decision in plan.decisions:
            if decision.action in (Action.KEEP, Action.LEAVE):
                self._begin(decision.step, *_fate(decision))

    def started(self, step: Step) -> None:
        """Say the title, once however often the step begins again."""
        self._begin(step, step.phase.title)

    def said(self, step: Step, text: str) -> None:
        """Pass a phase's own line on."""
        self._lines(step, text)

    def waiting(self, step: Step, waiting: Waiting) -> None:
        """Say what is waited on, indented below the titles."""
        self._lines(step, f"    … {step.name}: {waiting.on}")

    def kept(self, step: Step, why: str) -> None:
        """Say why a step whose turn came needed no work."""
        if step.phase.skip(self._spec) is None:
            self._begin(step, f"Kept: {step.name} ({why})")
        else:
            self._begin(step, step.phase.title, why)

    def settled(self, step: Step, seconds: float) -> None:
        """Say nothing: the next title says it."""

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        """Say that an attempt failed and when the next one follows, be it a look before the work.

        A look that the plan is made from belongs to no step's turn: it is said at once.
        """
        line = f"    … {step.name}: {error}; trying again in {seconds:.0f} s"
        if not self._is_planned:
            self._say(line)
            return
        self._begin(step, step.phase.title)
        self._lines(step, line)

    def failed(self, step: Step, error: BedplateError) -> None:
        """Say which step failed; the whole story comes at the end."""
        if error.code == STOPPED:
            return
        self.broken = self.broken or step
        self._begin(step, step.phase.title)
        self._lines(step, f"    … {step.name}: failed with {error.code}")

    def speak_at_once(self) -> None:
        """Hold nothing back: what is taken back goes through the table the other way."""
        self._next = len(self._order)

    def flush(self) -> None:
        """Say what is still held back."""
        with self._lock:
            for name in self._order:
                self._release(name)

    def _begin(self, step: Step, *lines: str) -> None:
        with self._lock:
            if step.name in self._begun:
                return
            self._begun.add(step.name)
            self._held[step.name].extend(lines)
            while self._next < len(self._order) and self._order[self._next] in self._begun:
                self._release(self._order[self._next])
                self._next += 1

    def _lines(self, step: Step, *lines: str) -> None:
        with self._lock:
            self._held[step.name].extend(lines)
            if self._order.index(step.name) < self._next:
                self._release(step.name)

    def _release(self, name: str) -> None:
        lines, self._held[name] = self._held[name], []
        for line in lines:
            self._say(line)


def _fate(decision: Decision) -> tuple[str, ...]:
    if decision.action is Action.LEAVE:
        return ()
    return (f"Kept: {decision.step.name} ({decision.why})",)
