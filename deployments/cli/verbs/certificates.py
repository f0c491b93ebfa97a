"""`bedplate certificates`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.options import ClusterSite, Output, OutputOption


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("certificates", short_help="Tell when certificates end.")(certificates)


def certificates(
    context: typer.Context,
    clusters: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLUSTER]...", help="Clusters that a journal knows; else all."),
    ] = None,
    within: Annotated[
        int, typer.Option("--within", metavar="DAYS", min=0, help="Tell what ends within so long.")
    ] = 30,
    site: ClusterSite = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Tell when the certificates of API servers, etcd and kubeconfigs end, and what renews them.

    Changes nothing. Exits with 7 where one ends within the days, with 1 where a part could not be
    looked at and nothing was found to end.
    """
    from deployments.cli.certifying import tell_certificates

    context.obj.output = output
    raise typer.Exit(tell_certificates(context.obj, tuple(clusters or ()), site, within))
