"""`bedplate setup`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import Output, OutputOption

Pools = Annotated[
    list[str] | None,
    typer.Option(
        "--pool",
        metavar="NAME[=SITE,SITE]",
        help="A work pool, and the sites that only its workers serve; may be given again."
        " Without it: one pool, bedplate, for every site.",
    ),
]
PoolType = Annotated[
    str, typer.Option("--type", metavar="TYPE", help="The type of pools that are made.")
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("setup", short_help="Make work pools, blocks, deployments at a Prefect server.")(
        set_up_installation
    )


def set_up_installation(
    context: typer.Context,
    pool: Pools = None,
    pool_type: PoolType = "process",
    output: OutputOption = Output.TEXT,
) -> None:
    """Bring the Prefect server at PREFECT_API_URL to what this version needs; again at a release.

    Work pools, block types, a block for each site that sites.yaml names, every deployment with its
    schedule for each site, and the janitor. What is there stays: pools as they are, schedules as
    they were switched, credentials of blocks.
    """
    from deployments.cli.doctoring import setup

    context.obj.output = output
    setup(context.obj, pool or (), pool_type)
