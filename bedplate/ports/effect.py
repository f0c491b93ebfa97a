"""The mark on every port method that changes the world.

The engine wraps each port (`engine.effects.guard`): before a marked method runs, its intent is
journalled together with a check of the fencing token; after it, its end. A phase cannot forget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MARK = "__effect_identity__"


def effect(*identity: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a port method as a side effect; `identity` names the parameters that say on what.

    Only the named parameters reach the journal, so a parameter that may hold a secret is never
    named. A parameter with an `identity` attribute is recorded by that.
    """

    def mark(method: Callable[P, R]) -> Callable[P, R]:
        setattr(method, MARK, identity)
        return method

    return mark


def identity_of(method: object) -> tuple[str, ...] | None:
    """Return the identifying parameter names of a marked method, None of an unmarked one."""
    found: tuple[str, ...] | None = getattr(method, MARK, None)
    return found
