"""`bedplate faults`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption, SiteName


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("faults", short_help="List or clear the faults of a site.")(list_faults)


def list_faults(
    context: typer.Context,
    site: SiteName = "simulated",
    clear: Annotated[bool, typer.Option("--clear", help="Take all of them back.")] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the faults that are still to happen at a simulated site, or take them back.

    One that was given without xN happens until it is taken back.
    """
    from deployments.cli.showing import show_faults

    context.obj.output = output
    show_faults(context.obj, site, clear=clear)
