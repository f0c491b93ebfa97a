"""Makes the checks of an installation: every one, none stopping another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.checks.running import State
from bedplate.errors import BedplateError
from deployments.doctor.finding import Examination, Found


@dataclass(frozen=True, slots=True)
class Examined:
    """How a check ended; `ground` is the failed one without which it was not made."""

    check: Examination
    state: State
    found: Sequence[Found] = ()
    ground: str = ""


def examine(checks: Sequence[Examination]) -> list[Examined]:
    """Make every check, in the given order."""
    ended: list[Examined] = []
    lost: dict[str, str] = {}
    for check in checks:
        grounds = [lost[need] for need in check.needs if need in lost]
        one = _left(check, grounds[0]) if grounds else _make(check)
        if one.state in (State.FAILED, State.NOT_LOOKED_AT):
            lost[check.name] = one.ground or check.name
        ended.append(one)
    return ended


def _left(check: Examination, ground: str) -> Examined:
    return Examined(check, State.NOT_LOOKED_AT, ground=ground)


def _make(check: Examination) -> Examined:
    try:
        seen = tuple(check.probe())
    except BedplateError as error:
        seen = (Found(error),)
    if any(not one.warns for one in seen):
        return Examined(check, State.FAILED, seen)
    return Examined(check, State.WARNED if seen else State.PASSED, seen)
