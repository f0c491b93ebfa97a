"""`bedplate renew certificates`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import (
    ClusterSite,
    Faults,
    FirstStep,
    LastStep,
    LogFormatOption,
    LogLevelOption,
    Output,
    OutputOption,
    Pace,
    SkippedChecks,
    names_in,
)
from deployments.log_settings import LogLevel

group = typer.Typer(no_args_is_help=True, help="Renew what ends.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="renew")


@group.command("certificates")
def renew_certificates(
    context: typer.Context,
    cluster: Annotated[
        str, typer.Argument(metavar="CLUSTER", help="A cluster that a journal knows.")
    ],
    site: ClusterSite = None,
    from_step: FirstStep = None,
    until_step: LastStep = None,
    skip_validations: SkippedChecks = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Replace the machines of control plane and external etcd, or go on with that.

    Each gets certificates that are good for a year. One machine more, one less; no worker is
    touched. Machines that were made within a day are new enough, and are left as they are.
    """
    from deployments.cli.operate import Logs, Manner, Steps
    from deployments.cli.renewing import renew

    context.obj.output = output
    logs, skipped = Logs(log_format, log_level), names_in(skip_validations)
    manner = Manner(Steps(from_step, until_step), tuple(fault or ()), logs, pace)
    raise typer.Exit(renew(context.obj, cluster, site, manner, skipped))
