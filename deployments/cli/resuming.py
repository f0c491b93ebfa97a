"""The work of `resume`: find the run, take up its specification and site, go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bedplate.chain import whole_request
from bedplate.operations import operation_named
from bedplate.spec import read_file
from deployments.cli.finding import unfinished_run
from deployments.cli.operate import (
    Job,
    Logs,
    Steps,
    continue_request,
    make_request,
    operate_in_turn,
)
from deployments.cli.screen import Screen
from deployments.home import find_home, with_pace


@dataclass(frozen=True, slots=True)
class Named:
    """What a person named: a run, its cluster or nothing; and a file instead of the run's own."""

    run: str | None
    file: Path | None = None


def resume(
    screen: Screen,
    named: Named,
    steps: Steps,
    skipped: frozenset[str],
    logs: Logs,
    pace: float | None,
) -> int:
    """Go on with a run to its end; returns the exit status."""
    home = find_home()
    found = unfinished_run(home, named.run)
    run, file = found.run, named.file
    if file is not None:
        read = make_request(run.operation, read_file(file), str(file), steps)
        asked = replace(read, operation=operation_named(run.operation))
    else:
        asked = whole_request(continue_request(run, steps), run, found.journal)
    request = replace(asked, skipped=skipped)
    config = with_pace(home.site(run.site), pace)
    return operate_in_turn(screen, home, Job(request, config, found.journal, logs))
