"""A preflight check: a name, a line for people, and a look that changes nothing."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bedplate.checks.scene import Scene
from bedplate.errors import Owner


class Severity(enum.StrEnum):
    """What a finding does to the operation."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a check failed: on what, what was seen, what to do (the exact step), who can do it.

    `rows` is a table that belongs to what was seen, such as what is missing, and where.
    """

    target: str
    seen: str
    remedy: str
    owner: Owner
    severity: Severity = Severity.BLOCK
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One preflight check.

    `name` is what one skips it by, `line` what people read when it passes; checks that share a name
    are skipped together. `probe` looks and changes nothing, and returns every finding; empty where
    all is well. It may raise TemporaryError, which is tried again, never taken for an answer, and
    PermanentError, which is a finding that it was not let in to look. `needs` names the checks that
    are its ground: where one of them fails, it is not made. A check without a line is a ground only
    and is not mentioned when it passes.
    """

    name: str
    line: str
    probe: Callable[[Scene], Sequence[Finding]]
    needs: tuple[str, ...] = ()
