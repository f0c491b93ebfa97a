"""`bedplate steps`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("steps")(list_steps)


def list_steps(
    context: typer.Context,
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="Such as create.")],
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As a Mermaid flow chart.")] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the table of an operation's steps."""
    from deployments.cli.showing import show_steps

    context.obj.output = output
    show_steps(context.obj, operation, as_mermaid=mermaid)
