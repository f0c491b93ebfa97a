"""The work of `validate`: it must answer at once, so it imports little."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bedplate.errors import ExitStatus, Problem
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.loading import read_file
from bedplate.spec.verdict import ignored_in, problems_of, read_old
from deployments.cli.screen import Screen
from deployments.spec_environment import spec_environment


def check(screen: Screen, file: Path, old: Path | None) -> ExitStatus:
    """Show what is wrong with a file, or that nothing is; returns the exit status."""
    before = _old_spec(screen, old) if old is not None else None
    text = read_file(file)
    found = problems_of(text, str(file), old=before, environment=spec_environment())
    ignored = ignored_in(text, str(file))
    if screen.wants_json:
        screen.document(_document(file, old, found, ignored))
    else:
        _warn(screen, ignored)
        _tell(screen, file, old, found)
    return ExitStatus.FAILED if found else ExitStatus.OK


def _old_spec(screen: Screen, old: Path) -> ClusterSpec:
    spec, problems = read_old(read_file(old), str(old))
    if problems:
        screen.warn(f"{old} has {_counted(problems)} itself; the upgrade is checked all the same")
    return spec


def _warn(screen: Screen, ignored: Sequence[Problem]) -> None:
    for problem in ignored:
        screen.warn(f"⚠️ {problem}")
    if ignored:
        screen.warn("⚠️ EKS Anywhere ignores what is marked like this")


def _tell(screen: Screen, file: Path, old: Path | None, found: Sequence[Problem]) -> None:
    for problem in found:
        screen.say(str(problem))
    if found:
        screen.warn(f"❌ {_counted(found)}")
    else:
        what = "a valid specification" if old is None else f"a valid upgrade of {old}"
        screen.say(f"✅ {file} is {what}")


def _counted(problems: Sequence[Problem]) -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


def _document(
    file: Path, old: Path | None, found: Sequence[Problem], ignored: Sequence[Problem]
) -> str:
    from dataclasses import asdict

    from deployments.cli.reports import ProblemReport, ValidationReport

    return ValidationReport(
        file=str(file),
        old=None if old is None else str(old),
        valid=not found,
        problems=tuple(ProblemReport(**asdict(problem)) for problem in found),
        ignored=tuple(ProblemReport(**asdict(problem)) for problem in ignored),
    ).text()
