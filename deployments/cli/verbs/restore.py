"""`bedplate restore cluster`."""

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
)
from deployments.log_settings import LogLevel

group = typer.Typer(no_args_is_help=True, help="Take a cluster back to a backup.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="restore")


@group.command("cluster")
def restore_cluster(
    context: typer.Context,
    backup: Annotated[
        str, typer.Option("--backup", metavar="BACKUP", help="`bedplate backup list` names them.")
    ],
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
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Put a backup's data back into etcd, or go on with that; asks for the cluster's name.

    Works while the cluster's API is down: its control-plane machines are entered by SSH. What was
    written since the backup is lost. No machine is made or deleted; those that do not fit are told.
    """
    from deployments.cli.backing_up import restore
    from deployments.cli.operate import Logs, Manner, Steps
    from deployments.cli.targets import Target

    context.obj.output = output
    target = Target(name, file, site)
    logs = Logs(log_format, log_level)
    manner = Manner(Steps(from_step, until_step), tuple(fault or ()), logs, pace)
    raise typer.Exit(restore(context.obj, target, backup, confirm, manner))
