"""Random tables and random worlds."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from bedplate.engine.operation import Operation
from bedplate.engine.plan import Plan, walk_back
from tests.unit.engine.small import MADE, table


def chosen(names: Sequence[str], bits: int) -> list[str]:
    """Return the names whose bit is set: one number is drawn faster than many yes or no."""
    return [name for place, name in enumerate(names) if bits >> place & 1]


@st.composite
def operations(draw: st.DrawFn, most: int = 8) -> Operation:
    """Draw a table in which each step runs after some of the steps above it."""
    names = [f"s{number}" for number in range(draw(st.integers(1, most)))]
    rows = [
        f"{name}: {' '.join(chosen(names[:place], draw(st.integers(0, 2**place - 1))))}"
        for place, name in enumerate(names)
    ]
    return table(*rows)


def some_steps(operation: Operation) -> st.SearchStrategy[frozenset[str]]:
    """Draw any of an operation's steps, from none to all."""
    names = [step.name for step in operation.steps]
    return st.integers(0, 2 ** len(names) - 1).map(lambda bits: frozenset(chosen(names, bits)))


def plan_in(operation: Operation, world: frozenset[str], reopened: frozenset[str]) -> Plan:
    """Return the plan where exactly the steps in `world` are settled."""
    return walk_back(operation, lambda step: MADE if step.name in world else None, reopened)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw the plan of a random table in a random world."""
    operation = draw(operations())
    return plan_in(operation, draw(some_steps(operation)), draw(some_steps(operation)))
