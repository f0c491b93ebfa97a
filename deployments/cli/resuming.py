"""The work of `resume`: find the run, take up its specification and site, go on."""

from __future__ import annotations

from pathlib import Path

from bedplate.spec import read_file
from deployments.cli.finding import unfinished_run
from deployments.cli.operate import Job, Logs, Steps, make_request, operate
from deployments.cli.screen import Screen
from deployments.home import find_home, with_pace


def resume(
    screen: Screen,
    named: str | None,
    file: Path | None,
    steps: Steps,
    logs: Logs,
    pace: float | None,
) -> int:
    """Go on with a run to its end; returns the exit status."""
    home = find_home()
    found = unfinished_run(home, named)
    run = found.run
    text = read_file(file) if file is not None else run.spec_text
    request = make_request(run.operation, text, str(file or f"run {run.id}"), steps)
    config = with_pace(home.site(run.site), pace)
    return operate(screen, home, Job(request, config, found.journal, logs))
