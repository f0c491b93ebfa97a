"""Which steps a run has to do: resume walks backwards.

A step is wanted only if some step after it is still to do. After the pivot the bootstrap cluster is
rightly gone: a walk forward would miss it, build a second one and order every machine again.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bedplate.engine.operation import Operation, Step
from bedplate.errors import BadInput, Owner, Refused
from bedplate.fact import Fact

Look = Callable[[Step], Fact | None]


class Action(enum.Enum):
    """What a run does with a step."""

    KEEP = "keep"
    LOOK = "look again"
    DO = "do"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Decision:
    """One step's fate in a plan, with the reason in words."""

    step: Step
    action: Action
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions for every step, in the table's order."""

    operation: Operation
    decisions: tuple[Decision, ...]

    def __getitem__(self, name: str) -> Decision:
        """Return the decision about a step; raises KeyError."""
        for decision in self.decisions:
            if decision.step.name == name:
                return decision
        raise KeyError(name)

    def names(self, *actions: Action) -> tuple[str, ...]:
        """Return the names of the steps with one of these actions."""
        return tuple(d.step.name for d in self.decisions if d.action in actions)


def walk_back(operation: Operation, look: Look, reopened: Collection[str] = ()) -> Plan:
    """Decide from the last step to the first; then mark what lies behind a step to do.

    `look` is the phase's check. A kept step that lies behind one that is to be done is looked at
    again when its turn comes, since the work before it may have changed its answer.
    """
    decided: dict[str, Decision] = {}
    for step in reversed(operation.steps):
        decided[step.name] = _decide(step, operation, decided, look, reopened)
    for step in operation.steps:
        if decided[step.name].action is Action.KEEP and any(
            decided[before].action in (Action.DO, Action.LOOK) for before in step.after
        ):
            decided[step.name] = Decision(step, Action.LOOK, "a step before it is to be done")
    return Plan(operation, tuple(decided[step.name] for step in operation.steps))


def _decide(
    step: Step,
    operation: Operation,
    decided: dict[str, Decision],
    look: Look,
    reopened: Collection[str],
) -> Decision:
    followers = operation.followers(step.name)
    wanted = not followers or any(decided[f.name].action is Action.DO for f in followers)
    if step.name in reopened:
        return Decision(step, Action.DO, "the specification it depends on has changed")
    if not wanted:
        return Decision(step, Action.KEEP, "no step that is still to do needs it")
    if look(step) is None:
        return Decision(step, Action.DO, "not so yet")
    return Decision(step, Action.KEEP, "already so")


def narrow(plan: Plan, first: str | None, last: str | None) -> Plan:
    """Limit a plan to the steps from `first` on and up to `last`, both included.

    Raises BadInput where there is no such step, Refused where one before `first` is not settled.
    """
    operation = plan.operation
    require_steps(operation, first, last)
    inside = {step.name for step in operation.steps}
    if first is not None:
        unsettled = [n for n in plan.names(Action.DO) if n in operation.before(first)]
        if unsettled:
            raise Refused(
                "STEP_UNSETTLED",
                f"--from-step {first}: {', '.join(unsettled)} must be settled before it and is not",
                why="a step relies on every step before it",
                remedy=f"run without --from-step, or with --from-step {unsettled[0]}",
                owner=Owner.PLATFORM,
            )
        inside &= operation.behind(first) | {first}
    if last is not None:
        inside &= operation.before(last) | {last}
    return Plan(
        operation,
        tuple(
            d
            if d.step.name in inside or d.action is Action.KEEP
            else Decision(d.step, Action.LEAVE, "outside the steps asked for")
            for d in plan.decisions
        ),
    )


def require_steps(operation: Operation, *names: str | None) -> None:
    """Raise BadInput where an operation has no step of a name; None is no name."""
    for name in names:
        if name is not None and name not in operation:
            raise BadInput(
                "STEP_UNKNOWN",
                f"{operation.name} has no step {name!r}",
                why=f"its steps are {', '.join(step.name for step in operation.steps)}",
                remedy="choose one of these",
            )
