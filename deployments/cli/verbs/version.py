"""`bedplate version`."""

from __future__ import annotations

import typer

from deployments.cli.options import Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("version")(show_version)


def show_version(context: typer.Context, output: OutputOption = Output.TEXT) -> None:
    """Show which Bedplate this is."""
    from deployments.cli import showing

    context.obj.output = output
    showing.show_version(context.obj)
