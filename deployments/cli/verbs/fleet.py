"""`bedplate fleet`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from deployments.cli.options import Output, OutputOption

group = typer.Typer(no_args_is_help=True, help="Upgrade a fleet of clusters in stages.")

CampaignFile: TypeAlias = Annotated[
    Path, typer.Option("--file", "-f", metavar="FILE", help="The campaign.")
]
Campaign: TypeAlias = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="The campaign's name, or a plan's id.")
]
JournalSite: TypeAlias = Annotated[
    str, typer.Option("--site", metavar="NAME", help="The site whose journal has the campaign.")
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="fleet")


@group.command("plan")
def plan(
    context: typer.Context,
    file: CampaignFile,
    site: JournalSite = "simulated",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the plan; do not keep it.")
    ] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Freeze a campaign on the fleet as it is, keep the plan, and show it with its hash."""
    from deployments.cli import fleeting

    context.obj.output = output
    fleeting.plan(fleeting.Desk(context.obj, site), file, keep=not dry_run)


@group.command("start")
def start(
    context: typer.Context,
    campaign: Campaign,
    site: JournalSite = "simulated",
    output: OutputOption = Output.TEXT,
) -> None:
    """Start a planned campaign in Prefect."""
    from deployments.cli import fleeting

    context.obj.output = output
    fleeting.start(fleeting.Desk(context.obj, site), campaign)


@group.command("pause")
def pause(
    context: typer.Context,
    campaign: Campaign,
    site: JournalSite = "simulated",
    output: OutputOption = Output.TEXT,
) -> None:
    """Stop everything of a campaign at its next safe point."""
    from deployments.cli import fleeting

    context.obj.output = output
    fleeting.pause(fleeting.Desk(context.obj, site), campaign)


@group.command("resume")
def resume(
    context: typer.Context,
    campaign: Campaign,
    accept_failed: Annotated[
        bool,
        typer.Option("--accept-failed", help="Go on without what failed, instead of retrying it."),
    ] = False,
    site: JournalSite = "simulated",
    output: OutputOption = Output.TEXT,
) -> None:
    """Let a campaign go on that is paused or on hold; every run begins with its preflight."""
    from deployments.cli import fleeting

    context.obj.output = output
    desk = fleeting.Desk(context.obj, site)
    fleeting.resume(desk, campaign, accept_failed=accept_failed)


@group.command("cancel")
def cancel(
    context: typer.Context,
    campaign: Campaign,
    site: JournalSite = "simulated",
    output: OutputOption = Output.TEXT,
) -> None:
    """End a campaign for good; what runs stops at its next safe point."""
    from deployments.cli import fleeting

    context.obj.output = output
    fleeting.cancel(fleeting.Desk(context.obj, site), campaign)


@group.command("approve")
def approve(
    context: typer.Context,
    campaign: Campaign,
    gate: Annotated[str, typer.Option("--gate", metavar="STAGE/WHEN/NAME", help="The gate.")],
    plan: Annotated[
        str, typer.Option("--plan", metavar="HASH", help="The plan that you looked at.")
    ],
    who: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who approves; else whoever types.")
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Reject it instead.")] = False,
    site: JournalSite = "simulated",
    output: OutputOption = Output.TEXT,
) -> None:
    """Approve a gate of exactly one plan, or reject it."""
    from deployments.cli import fleeting

    context.obj.output = output
    verdict = fleeting.Verdict(gate, plan, who, approved=not reject)
    fleeting.approve(fleeting.Desk(context.obj, site), campaign, verdict)


@group.command("status")
def status(
    context: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(metavar="[CAMPAIGN]", help="One campaign, with its board.")
    ] = None,
    site: JournalSite = "simulated",
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the board of a campaign, or every campaign."""
    from deployments.cli import fleeting

    context.obj.output = output
    fleeting.status(fleeting.Desk(context.obj, site), campaign)
