"""Short ways to write findings, and to make a check of a function that yields them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedplate.checks.check import Check, Finding, Severity
from bedplate.checks.scene import Scene
from bedplate.errors import Owner

Findings = Iterator[Finding]


def block(target: str, seen: str, remedy: str, owner: Owner) -> Finding:
    """Return a finding that stops the operation."""
    return Finding(target, seen, remedy, owner)


def warn(target: str, seen: str, remedy: str, owner: Owner) -> Finding:
    """Return a finding that people should know of."""
    return Finding(target, seen, remedy, owner, Severity.WARN)


def check(name: str, line: str, look: Callable[[Scene], Findings]) -> Check:
    """Return the check of a look that yields its findings."""
    return Check(name, line, lambda scene: tuple(look(scene)))
