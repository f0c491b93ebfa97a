"""`bedplate abort`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import (
    LogFormatOption,
    LogLevelOption,
    Output,
    OutputOption,
    Pace,
    RunOrCluster,
)
from deployments.log_settings import LogLevel


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("abort", short_help="Take back what a run has made.")(abort_run)


def abort_run(
    context: typer.Context,
    run: RunOrCluster = None,
    yes_delete: Annotated[
        str | None,
        typer.Option(
            "--yes-delete",
            metavar="CLUSTER",
            help="The cluster's name, instead of typing it when asked.",
        ),
    ] = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    pace: Pace = None,
) -> None:
    """Take back what an unfinished run made; asks for the cluster's name. Not after the pivot."""
    from deployments.cli.aborting import abort
    from deployments.cli.operate import Logs

    context.obj.output = output
    raise typer.Exit(abort(context.obj, run, yes_delete, Logs(log_format, log_level), pace))
