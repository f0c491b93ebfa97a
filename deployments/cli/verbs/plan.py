"""`bedplate plan` create, upgrade, scale and delete."""

from __future__ import annotations

import typer

from deployments.cli.options import (
    ClusterName,
    ClusterSite,
    FirstStep,
    LastStep,
    OldSpecFile,
    Output,
    OutputOption,
    SiteName,
    SkippedChecks,
    SpecFile,
    names_in,
)

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


@group.command("upgrade")
def plan_upgrade(
    context: typer.Context,
    file: SpecFile,
    site: SiteName = "simulated",
    from_step: FirstStep = None,
    until_step: LastStep = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the steps, which machines are replaced, by which fields, and the time."""
    from deployments.cli.creating import Wish
    from deployments.cli.operate import Steps
    from deployments.cli.planning import plan

    context.obj.output = output
    plan(context.obj, Wish("upgrade", file, site, Steps(from_step, until_step)))


@group.command("scale")
def plan_scale(
    context: typer.Context,
    file: SpecFile,
    site: SiteName = "simulated",
    from_step: FirstStep = None,
    until_step: LastStep = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the steps, which machines come and go, and the time."""
    from deployments.cli.creating import Wish
    from deployments.cli.operate import Steps
    from deployments.cli.planning import plan

    context.obj.output = output
    plan(context.obj, Wish("scale", file, site, Steps(from_step, until_step)))


@group.command("delete")
def plan_delete(
    context: typer.Context,
    name: ClusterName = None,
    file: OldSpecFile = None,
    site: ClusterSite = None,
    skip_validations: SkippedChecks = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the steps, which of them there is no way back from, and what will go."""
    from deployments.cli.planning import plan_deletion
    from deployments.cli.targets import Target

    context.obj.output = output
    plan_deletion(context.obj, Target(name, file, site, names_in(skip_validations)))
