"""`bedplate generate clusterconfig` and `bedplate generate crds`."""

from __future__ import annotations

import enum
from typing import Annotated

import typer


class ProviderName(enum.StrEnum):
    """The infrastructures of EKS Anywhere."""

    VSPHERE = "vsphere"
    DOCKER = "docker"
    TINKERBELL = "tinkerbell"
    CLOUDSTACK = "cloudstack"
    NUTANIX = "nutanix"
    SNOW = "snow"


group = typer.Typer(no_args_is_help=True, help="Write a file to begin with, or to apply.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="generate")


@group.command("clusterconfig")
def generate_clusterconfig(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The cluster's name.")],
    provider: Annotated[
        ProviderName, typer.Option("--provider", "-p", help="Where the cluster will be made.")
    ],
) -> None:
    """Write a specification to standard output, and the fields to fill in to standard error."""
    from deployments.cli.generating import clusterconfig

    clusterconfig(context.obj, name, provider.value)


@group.command("crds")
def generate_crds(context: typer.Context) -> None:
    """Write the CustomResourceDefinitions of EKS Anywhere's kinds, for `kubectl apply -f -`."""
    from deployments.cli.generating import crds

    crds(context.obj)
