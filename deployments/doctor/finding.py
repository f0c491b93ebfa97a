"""What a check of an installation is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bedplate.errors import BedplateError, Owner, PermanentError


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong, with code, what was seen, why it matters and what to do next.

    What only `warns` fails nothing.
    """

    error: BedplateError
    warns: bool = False


Probe = Callable[[], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Examination:
    """One check: its name, what people read when it passes, and the look itself.

    `needs` names the checks without which there is nothing to look at.
    """

    name: str
    line: str
    probe: Probe
    needs: Sequence[str] = ()


def found(code: str, seen: str, why: str, remedy: str, *, warns: bool = False) -> Found:
    """Return a finding; whoever runs the installation can mend it."""
    return Found(PermanentError(code, seen, why=why, remedy=remedy, owner=Owner.PLATFORM), warns)
