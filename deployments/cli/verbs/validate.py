"""`bedplate validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption, SpecFile

OldFile = Annotated[
    Path | None,
    typer.Option(
        "--old",
        metavar="FILE",
        help="The specification of the cluster as it is: also check the upgrade from it.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("validate", short_help="Check a specification.")(validate)


def validate(
    context: typer.Context, file: SpecFile, old: OldFile = None, output: OutputOption = Output.TEXT
) -> None:
    """Check a specification and show every problem at once; exits with 1 where there is one."""
    from deployments.cli.validating import check

    context.obj.output = output
    raise typer.Exit(check(context.obj, file, old))
