"""`bedplate runs`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("runs")(list_runs)


def list_runs(
    context: typer.Context,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="NAME", help="Only the runs of this cluster.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The most to show.")] = 50,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the runs, the newest first."""
    from deployments.cli.showing import show_runs

    context.obj.output = output
    show_runs(context.obj, cluster, limit)
