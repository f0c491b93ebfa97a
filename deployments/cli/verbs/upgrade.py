"""`bedplate upgrade cluster`."""

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

group = typer.Typer(no_args_is_help=True, help="Upgrade a cluster in place.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="upgrade")


@group.command("cluster")
def upgrade_cluster(
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
    """Bring a cluster to a new specification, or go on with the upgrade that broke.

    `bedplate plan upgrade` says before which machines are replaced, and why.
    """
    from deployments.cli.creating import Wish, begin
    from deployments.cli.operate import Logs, Steps

    context.obj.output = output
    wish = Wish(
        verb="upgrade",
        file=file,
        site=site,
        steps=Steps(from_step, until_step),
        faults=tuple(fault or ()),
        pace=pace,
        logs=Logs(log_format, log_level),
        skipped=names_in(skip_validations),
    )
    raise typer.Exit(begin(context.obj, wish))
