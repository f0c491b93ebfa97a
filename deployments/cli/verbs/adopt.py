"""`bedplate adopt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    SpecFile,
)
from deployments.log_settings import LogLevel


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("adopt", short_help="Take an existing cluster under management.")(adopt_cluster)


def adopt_cluster(
    context: typer.Context,
    file: SpecFile,
    kubeconfig: Annotated[
        Path | None,
        typer.Option("--kubeconfig", metavar="FILE", help="Of its administrator; once is enough."),
    ] = None,
    site: SiteName = "simulated",
    from_step: FirstStep = None,
    until_step: LastStep = None,
    output: OutputOption = Output.TEXT,
    log_format: LogFormatOption = None,
    log_level: LogLevelOption = LogLevel.INFO,
    fault: Faults = None,
    pace: Pace = None,
) -> None:
    """Take a cluster under management that EKS Anywhere made, or go on with that.

    It is compared with its specification and recorded, with its kubeconfig in the vault. Nothing in
    the cluster is changed; one that is not as the specification says is refused.
    """
    from deployments.cli.adopting import adopt
    from deployments.cli.creating import Wish
    from deployments.cli.operate import Logs, Steps

    context.obj.output = output
    wish = Wish(
        verb="adopt",
        file=file,
        site=site,
        steps=Steps(from_step, until_step),
        faults=tuple(fault or ()),
        pace=pace,
        logs=Logs(log_format, log_level),
    )
    raise typer.Exit(adopt(context.obj, wish, kubeconfig))
