"""What can go wrong, who can fix it, and what to type next.

    BedplateError
    ├── TemporaryError      the same call may succeed later: the engine retries it
    └── PermanentError      retrying cannot help: the run stops here
        ├── SpecError       the cluster specification is wrong (exit 2)
        ├── BadInput        a flag, argument or name is wrong (exit 2)
        ├── PreflightFailed the site is not ready for this cluster (exit 3)
        ├── LeaseHeld       somebody else operates on this cluster (exit 4)
        ├── LeaseLost       somebody else took this operation over (exit 4)
        ├── JournalError    the journal cannot be used (exit 5)
        └── Refused         a guard said no, or a person did (exit 6)

Every error carries a stable code (scripts match on it), what was seen, why that is a problem, the
next command or action, and who can take it. No text ever holds a secret.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class Owner(enum.StrEnum):
    """Who can fix an error."""

    SPEC_AUTHOR = "the author of the cluster specification"
    PLATFORM = "the platform engineer who runs Bedplate"
    VSPHERE = "the vSphere administrator"
    NETWORK = "the network administrator"
    GIT = "the owner of the Git repository"
    BEDPLATE = "the developers of Bedplate"


class ExitStatus(enum.IntEnum):
    """The exit statuses of the command line; documented and stable."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    PREFLIGHT = 3
    LEASE = 4
    JOURNAL = 5
    REFUSED = 6
    FOUND = 7


class BedplateError(Exception):
    """An expected failure, with everything needed to act on it."""

    exit_status: ClassVar[ExitStatus] = ExitStatus.FAILED

    def __init__(
        self,
        code: str,
        seen: str,
        *,
        why: str = "",
        remedy: str = "",
        owner: Owner = Owner.PLATFORM,
    ) -> None:
        super().__init__(seen)
        self.code = code
        self.seen = seen
        self.why = why
        self.remedy = remedy
        self.owner = owner

    def __str__(self) -> str:
        return f"{self.code}: {self.seen}"

    def with_remedy(self) -> str:
        """Return it with what to do next, in one line."""
        return f"{self} — {self.remedy}" if self.remedy else str(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error cross a process border; its arguments alone would not rebuild it."""
        return _revived, (type(self), self.args, dict(self.__dict__))

    def as_dict(self) -> dict[str, str]:
        """Return the fields for `--output json` and for the journal."""
        return {
            "kind": "temporary" if isinstance(self, TemporaryError) else "permanent",
            "code": self.code,
            "seen": self.seen,
            "why": self.why,
            "remedy": self.remedy,
            "owner": self.owner.value,
        }


def _revived(
    kind: type[BedplateError], args: tuple[object, ...], state: dict[str, object]
) -> BedplateError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class TemporaryError(BedplateError):
    """The same call may succeed later: the engine retries within the phase's patience."""


class PermanentError(BedplateError):
    """Retrying cannot help: the run stops and says what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a specification: where, which field, which rule, what is right."""

    file: str
    line: int
    column: int
    field: str
    message: str
    expected: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        field = f" {self.field}:" if self.field else ""
        hint = f" ({self.expected})" if self.expected else ""
        return f"{where}:{field} {self.message}{hint}"


class SpecError(PermanentError):
    """The cluster specification cannot be used; holds every problem found, not only the first."""

    exit_status = ExitStatus.BAD_INPUT

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "CFG_INVALID",
            "\n".join(str(problem) for problem in self.problems),
            why="the specification does not say what EKS Anywhere's API asks for",
            remedy="correct the lines named above and run the same command again",
            owner=Owner.SPEC_AUTHOR,
        )


class BadInput(PermanentError):
    """A flag, an argument or a name that does not exist."""

    exit_status = ExitStatus.BAD_INPUT


class PreflightFailed(PermanentError):
    """At least one preflight check failed; nothing was changed."""

    exit_status = ExitStatus.PREFLIGHT


class LeaseHeld(PermanentError):
    """Another live runner operates on this cluster; `holder` is its whole id, for programs."""

    exit_status = ExitStatus.LEASE

    def __init__(
        self,
        code: str,
        seen: str,
        *,
        why: str = "",
        remedy: str = "",
        owner: Owner = Owner.PLATFORM,
        holder: str = "",
    ) -> None:
        super().__init__(code, seen, why=why, remedy=remedy, owner=owner)
        self.holder = holder


class LeaseLost(PermanentError):
    """Another runner took the lease over while this one still lived; it must not touch anything."""

    exit_status = ExitStatus.LEASE


class JournalError(PermanentError):
    """The journal cannot be read or written."""

    exit_status = ExitStatus.JOURNAL


class Refused(PermanentError):
    """A guard refused what was asked: an unsafe change, a wrong name typed, an unsettled step."""

    exit_status = ExitStatus.REFUSED
