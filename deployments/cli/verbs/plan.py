"""`bedplate plan create`."""

from __future__ import annotations

import typer

from deployments.cli.options import FirstStep, LastStep, Output, OutputOption, SiteName, SpecFile

group = typer.Typer(no_args_is_help=True, help="Show what an operation would do.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="plan")


@group.command("create")
def plan_create(
    context: typer.Context,
    file: SpecFile,
    site: SiteName = "simulated",
    from_step: FirstStep = None,
    until_step: LastStep = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the steps, what will be made, the addresses and capacity needed, and the time."""
    from deployments.cli.creating import Wish
    from deployments.cli.operate import Steps
    from deployments.cli.planning import plan

    context.obj.output = output
    plan(context.obj, Wish("create", file, site, Steps(from_step, until_step)))
