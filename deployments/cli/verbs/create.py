"""`bedplate create cluster`."""

from __future__ import annotations

import typer

from deployments.cli.options import (
    Faults,
    FirstStep,
    LastStep,
    LogFormatOption,
    LogLevelOption,
    ManagementKubeconfig,
    Output,
    OutputOption,
    Pace,
    SiteName,
    SkippedChecks,
    SpecFile,
    names_in,
)
from deployments.log_settings import LogLevel

group = typer.Typer(no_args_is_help=True, help="Create a cluster.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="create")


@group.command("cluster")
def create_cluster(
    context: typer.Context,
    file: SpecFile,
    site: SiteName = "simulated",
    from_step: FirstStep = None,
    until_step: LastStep = None,
    skip_validations: SkippedChecks = None,
    kubeconfig: ManagementKubeconfig = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Create a cluster from a specification, or go on with the creation that broke."""
    from deployments.cli.creating import Wish, begin
    from deployments.cli.operate import Logs, Steps

    context.obj.output = output
    wish = Wish(
        verb="create",
        file=file,
        site=site,
        steps=Steps(from_step, until_step),
        faults=tuple(fault or ()),
        pace=pace,
        logs=Logs(log_format, log_level),
        skipped=names_in(skip_validations),
        kubeconfig=kubeconfig,
    )
    raise typer.Exit(begin(context.obj, wish))
