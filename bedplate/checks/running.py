"""Making checks: every one, none stopping another, and what is said of each."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from bedplate.checks.check import Check, Finding, Severity
from bedplate.checks.scene import Scene
from bedplate.errors import PermanentError, TemporaryError

MOST_ROWS = 12  # of a table, so that one finding does not fill the screen
BACKOFF = 2.0  # seconds before a call that had no answer is made again


class State(enum.StrEnum):
    """How a check ended."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_LOOKED_AT = "not-looked-at"


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended, and why.

    `ground` names the failed check without which this one could not be made. `unanswered` is why
    there was no answer: no verdict, only a failure for the time being.
    """

    check: Check
    state: State
    findings: tuple[Finding, ...] = ()
    ground: str = ""
    unanswered: TemporaryError | None = None

    @property
    def blocks(self) -> bool:
        """Say whether the operation may not go on."""
        return self.state is State.FAILED


def run_checks(
    checks: Sequence[Check],
    scene: Scene,
    *,
    skipped: Collection[str] = (),
    attempts: int = 1,
    tell: Callable[[Result], None] = lambda _: None,
) -> tuple[Result, ...]:
    """Make every check but the skipped ones, and tell each result as it comes.

    `attempts` is how often a call without an answer is made.
    """
    results: list[Result] = []
    lost: dict[str, str] = {}  # the checks that are no ground for others, and the root of that
    for check in checks:
        result = _result(check, scene, skipped, lost, attempts)
        if _is_lost(result):
            lost[check.name] = result.ground or check.name
        results.append(result)
        tell(result)
    return tuple(results)


def _is_lost(result: Result) -> bool:
    """Say whether a check is no ground for others.

    Skipping one that says something lets the others try; one that is a ground only is skipped with
    all that stands on it.
    """
    if result.state is State.SKIPPED:
        return not result.check.line
    return result.state in (State.FAILED, State.NOT_LOOKED_AT)


def _result(
    check: Check, scene: Scene, skipped: Collection[str], lost: dict[str, str], attempts: int
) -> Result:
    if check.name in skipped:
        return Result(check, State.SKIPPED)
    for need in check.needs:
        if need in lost:
            return Result(check, State.NOT_LOOKED_AT, ground=lost[need])
    try:
        return _judged(check, _patient(functools.partial(check.probe, scene), scene, attempts))
    except PermanentError as error:  # it was not let in to look
        return _judged(check, (Finding(check.name, error.seen, error.remedy, error.owner),))
    except TemporaryError as error:
        finding = Finding(check.name, error.seen, error.remedy, error.owner)
        return Result(check, State.FAILED, (finding,), unanswered=error)


def _patient(
    probe: Callable[[], Sequence[Finding]], scene: Scene, attempts: int
) -> Sequence[Finding]:
    for again in range(attempts - 1):
        try:
            return probe()
        except TemporaryError:
            scene.clock.sleep(BACKOFF * 2**again)
    return probe()


def _judged(check: Check, findings: Sequence[Finding]) -> Result:
    if any(finding.severity is Severity.BLOCK for finding in findings):
        return Result(check, State.FAILED, tuple(findings))
    return Result(check, State.WARNED if findings else State.PASSED, tuple(findings))


# -- words for people ----------------------------------------------------------------------------


def lines_of(result: Result) -> Iterator[str]:
    """Yield what is said of a result; what was not looked at is said once, by `summary`."""
    if result.state in (State.PASSED, State.WARNED) and result.check.line:
        yield f"✅ {result.check.line}"
    if result.state is State.SKIPPED:
        yield f"⏭ {result.check.name} skipped"
    for finding in result.findings:
        yield from _finding_lines(result.check.name, finding)


def summary(results: Sequence[Result]) -> Iterator[str]:
    """Yield, for each ground that was lost, what could not be looked at without it."""
    grounds: dict[str, list[str]] = {}
    for result in results:
        if result.state is State.NOT_LOOKED_AT and result.check.line:
            grounds.setdefault(result.ground, []).append(result.check.name)
    for ground, names in grounds.items():
        yield f"… not looked at: needs {ground}: {', '.join(dict.fromkeys(names))}"


def _finding_lines(name: str, finding: Finding) -> Iterator[str]:
    mark = "❌" if finding.severity is Severity.BLOCK else "⚠"
    target = "" if finding.target == name else f"{finding.target}: "
    yield f"{mark} {name}: {target}{finding.seen}"
    widths = [max(map(len, cells)) for cells in zip(*finding.rows, strict=True)]
    for row in finding.rows[:MOST_ROWS]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"     {'  '.join(cells).rstrip()}"
    if len(finding.rows) > MOST_ROWS:
        yield f"     … and {len(finding.rows) - MOST_ROWS} more; --output json has them all"
    yield f"   → {finding.remedy} ({finding.owner})"
