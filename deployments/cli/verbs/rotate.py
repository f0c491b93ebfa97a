"""`bedplate rotate credentials`."""

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
)
from deployments.log_settings import LogLevel

group = typer.Typer(no_args_is_help=True, help="Replace what ages.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="rotate")


@group.command("credentials")
def rotate_credentials(
    context: typer.Context,
    cluster: Annotated[
        str, typer.Argument(metavar="CLUSTER", help="A cluster that a journal knows.")
    ],
    site: ClusterSite = None,
    from_step: FirstStep = None,
    until_step: LastStep = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Bring new vCenter credentials to every Secret that holds them, or go on with that.

    The new user is the one of EKSA_VSPHERE_USERNAME and EKSA_VSPHERE_PASSWORD (and of
    EKSA_VSPHERE_CP_USERNAME and EKSA_VSPHERE_CP_PASSWORD); without these, whoever the vault names.
    Nothing is changed unless vCenter lets it in with every privilege.
    """
    from deployments.cli.operate import Logs, Manner, Steps
    from deployments.cli.rotating import rotate

    context.obj.output = output
    logs = Logs(log_format, log_level)
    manner = Manner(Steps(from_step, until_step), tuple(fault or ()), logs, pace)
    raise typer.Exit(rotate(context.obj, cluster, site, manner))
