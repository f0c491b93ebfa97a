"""`bedplate delete cluster`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import (
    ClusterName,
    ClusterSite,
    Faults,
    FirstStep,
    LastStep,
    LogFormatOption,
    LogLevelOption,
    OldSpecFile,
    Output,
    OutputOption,
    Pace,
    SkippedChecks,
    names_in,
)
from deployments.log_settings import LogLevel

group = typer.Typer(no_args_is_help=True, help="Delete a cluster.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="delete")


@group.command("cluster")
def delete_cluster(
    context: typer.Context,
    name: ClusterName = None,
    file: OldSpecFile = None,
    site: ClusterSite = None,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm", metavar="NAME", help="The cluster's name, instead of typing it when asked."
        ),
    ] = None,
    from_step: FirstStep = None,
    until_step: LastStep = None,
    skip_validations: SkippedChecks = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Delete a cluster and all that was made for it, or go on with its deletion; asks for its name.

    Ends with an inventory of what was looked for. Deleting twice succeeds.
    """
    from deployments.cli.deleting import Manner, delete
    from deployments.cli.operate import Logs, Steps
    from deployments.cli.targets import Target

    context.obj.output = output
    target = Target(name, file, site, names_in(skip_validations))
    manner = Manner(confirm, tuple(fault or ()), Logs(log_format, log_level), pace)
    raise typer.Exit(delete(context.obj, target, Steps(from_step, until_step), manner))
