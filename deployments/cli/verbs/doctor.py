"""`bedplate doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption

Gateway = Annotated[
    str, typer.Option("--gateway", metavar="URL", help="Also ask the gateway for tickets there.")
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor", short_help="Check a Prefect server, its workers and the journals.")(
        check_installation
    )


def check_installation(
    context: typer.Context, gateway: Gateway = "", output: OutputOption = Output.TEXT
) -> None:
    """Check the installation that PREFECT_API_URL names; changes nothing, exits with 1 on a fault.

    No check stops another, and warnings fail nothing.
    """
    from deployments.cli.doctoring import doctor

    context.obj.output = output
    raise typer.Exit(doctor(context.obj, gateway))
