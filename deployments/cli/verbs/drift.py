"""`bedplate drift`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import ClusterSite, Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("drift", short_help="Compare clusters with what was asked for.")(drift)


def drift(
    context: typer.Context,
    clusters: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLUSTER]...", help="Clusters that a journal knows; else all."),
    ] = None,
    site: ClusterSite = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Compare specification, journal, Cluster API and vCenter; explain what differs.

    Changes nothing. Exits with 7 where anything differs, with 1 where a part could not be looked at
    and nothing was found to differ.
    """
    from deployments.cli.drifting import compare_clusters

    context.obj.output = output
    raise typer.Exit(compare_clusters(context.obj, tuple(clusters or ()), site))
