"""`bedplate scale cluster`."""

from __future__ import annotations

import typer

from deployments.cli.options import (
    Faults,
    FirstStep,
    LastStep,
    LogFormatOption,
    LogLevelOption,
    Output,
    OutputOption,
    Pace,
    SiteName,
    SkippedChecks,
    SpecFile,
    names_in,
)
from deployments.log_settings import LogLevel

group = typer.Typer(no_args_is_help=True, help="Change how many machines a cluster has.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="scale")


@group.command("cluster")
def scale_cluster(
    context: typer.Context,
    file: SpecFile,
    site: SiteName = "simulated",
    from_step: FirstStep = None,
    until_step: LastStep = None,
    skip_validations: SkippedChecks = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Bring a cluster to the numbers of machines in a specification, or go on where it broke.

    Nothing else may differ: an upgrade makes every change.
    """
    from deployments.cli.creating import Wish, begin
    from deployments.cli.operate import Logs, Steps

    context.obj.output = output
    wish = Wish(
        verb="scale",
        file=file,
        site=site,
        steps=Steps(from_step, until_step),
        faults=tuple(fault or ()),
        pace=pace,
        logs=Logs(log_format, log_level),
        skipped=names_in(skip_validations),
    )
    raise typer.Exit(begin(context.obj, wish))
