"""`bedplate backup` cluster and list."""

from __future__ import annotations

import typer

from deployments.cli.options import (
    ClusterName,
    ClusterSite,
    Faults,
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

group = typer.Typer(no_args_is_help=True, help="Keep backups of a cluster.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="backup")


@group.command("cluster")
def backup_cluster(
    context: typer.Context,
    name: ClusterName = None,
    file: OldSpecFile = None,
    site: ClusterSite = None,
    skip_validations: SkippedChecks = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Keep a snapshot of etcd, the Cluster API objects and the specification, as an upgrade does.

    Backups hold every Secret of the cluster; they are in the site's folder, for its owner only.
    """
    from deployments.cli.backing_up import back_up
    from deployments.cli.operate import Logs, Manner
    from deployments.cli.targets import Target

    context.obj.output = output
    target = Target(name, file, site, names_in(skip_validations))
    manner = Manner(faults=tuple(fault or ()), logs=Logs(log_format, log_level), pace=pace)
    raise typer.Exit(back_up(context.obj, target, manner))


@group.command("list")
def list_backups(
    context: typer.Context,
    name: ClusterName = None,
    file: OldSpecFile = None,
    site: ClusterSite = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """List a cluster's backups, the newest first, and say which are not as they were kept."""
    from deployments.cli.backing_up import tell_backups
    from deployments.cli.targets import Target

    context.obj.output = output
    tell_backups(context.obj, Target(name, file, site))
