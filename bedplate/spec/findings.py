"""What a rule has to say, and where in the text it is; loading turns both into Problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the text; line and column count from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken: the dotted path of the field, what is wrong, and what would be right."""

    field: str
    message: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding whose place in the text is already known."""

    mark: Mark
    finding: Finding


Findings = Iterator[Finding]


def each(rules: Iterable[Callable[[T], Findings]], subject: T, prefix: str) -> Findings:
    """Yield what every rule finds in a subject, with its fields put under a prefix."""
    for rule in rules:
        for finding in rule(subject):
            yield replace(finding, field=f"{prefix}.{finding.field}")
