"""`bedplate show`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("show", short_help="Show a run, step by step.")(show_run)


def show_run(
    context: typer.Context,
    run: Annotated[
        str, typer.Argument(metavar="RUN|CLUSTER", help="A run's id, its beginning, or a cluster.")
    ],
    output: OutputOption = Output.TEXT,
) -> None:
    """Show a run: each step with its attempts and times, why it broke, what is left."""
    from deployments.cli import showing

    context.obj.output = output
    showing.show_run(context.obj, run)
