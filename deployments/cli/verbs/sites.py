"""`bedplate sites`."""

from __future__ import annotations

import typer

from deployments.cli.options import Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("sites")(list_sites)


def list_sites(context: typer.Context, output: OutputOption = Output.TEXT) -> None:
    """List the places where clusters can be made."""
    from deployments.cli.showing import show_sites

    context.obj.output = output
    show_sites(context.obj)
