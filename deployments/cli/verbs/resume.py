"""`bedplate resume`."""

from __future__ import annotations

import typer

from deployments.cli.options import (
    FirstStep,
    LastStep,
    LogFormatOption,
    LogLevelOption,
    NewSpecFile,
    Output,
    OutputOption,
    Pace,
    RunOrCluster,
    SkippedChecks,
    names_in,
)
from deployments.log_settings import LogLevel


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("resume", short_help="Go on with a run that broke.")(resume_run)


def resume_run(
    context: typer.Context,
    run: RunOrCluster = None,
    file: NewSpecFile = None,
    from_step: FirstStep = None,
    until_step: LastStep = None,
    skip_validations: SkippedChecks = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    pace: Pace = None,
) -> None:
    """Go on with a run from the step that broke; without a name, with the only open one."""
    from deployments.cli.operate import Logs, Steps
    from deployments.cli.resuming import Named, resume

    context.obj.output = output
    steps, logs = Steps(from_step, until_step), Logs(log_format, log_level)
    skipped = names_in(skip_validations)
    raise typer.Exit(resume(context.obj, Named(run, file), steps, skipped, logs, pace))
