"""What a rule has to say, and where in the text it is; loading turns both into Problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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


def around(field: str) -> Iterator[str]:
    """Yield a field and every field that it is part of."""
    while field:
        yield field
        field = field[: max(field.rfind("."), field.rfind("["), 0)]


def nearest(marks: Mapping[str, Mark], field: str) -> Mark:
    """Return the place of a field, or of the nearest field around it."""
    return next((marks[path] for path in around(field) if path in marks), Mark())


def each(rules: Iterable[Callable[[T], Findings]], subject: T, prefix: str) -> Findings:
    """Yield what every rule finds in a subject, with its fields put under a prefix."""
    for rule in rules:
        for finding in rule(subject):
            yield replace(finding, field=f"{prefix}.{finding.field}")
