"""`bedplate support-bundle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.options import ClusterSite


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("support-bundle", short_help="Collect what explains a cluster.")(support_bundle)


def support_bundle(
    context: typer.Context,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="A cluster of a journal.")],
    file: Annotated[
        Path, typer.Option("--output-file", "-o", metavar="FILE", help="The .tar.gz to write.")
    ],
    site: ClusterSite = None,
) -> None:
    """Write one archive of all that explains a cluster, without its credentials.

    In it: specification, plan, journal, drift, Cluster API objects, events, logs of controllers,
    vCenter's tasks. A part that cannot be collected says why in index.json. Changes nothing.
    """
    from deployments.cli.supporting import write

    raise typer.Exit(write(context.obj, cluster, file, site))
