"""`bedplate render`."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from deployments.cli.bundle_options import (
    BundleAddress,
    BundleKey,
    CaFile,
    EksaVersion,
    KeyFiles,
    Offline,
    PlainHosts,
    Proxy,
    ReleaseManifest,
    Where,
)
from deployments.cli.options import Output, OutputOption, SpecFile


class ProviderSecrets(enum.StrEnum):
    """Where the values of rendered secrets come from."""

    ENVIRONMENT = "environment"
    NONE = "none"


ProviderSecretsOption = Annotated[
    ProviderSecrets,
    typer.Option(
        "--provider-secrets",
        help="Take users and passwords from EKSA_VSPHERE_… and REGISTRY_…, or leave them empty.",
    ),
]
ShowSecrets = Annotated[
    bool, typer.Option("--show-secrets", help="Write passwords too; they are left empty otherwise.")
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("render", short_help="Print the Cluster API objects of a specification.")(render)


def render(
    context: typer.Context,
    file: SpecFile,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    provider_secrets: ProviderSecretsOption = ProviderSecrets.ENVIRONMENT,
    show_secrets: ShowSecrets = False,
    key: BundleKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print the Cluster API objects of a new cluster, the control plane's first, as YAML.

    The specification is rendered as it is written, whether it is valid or not.
    """
    from deployments.cli import rendering

    context.obj.output = output
    where = Where(
        spec=file,
        bundles=bundles,
        releases=release_manifest,
        version=version,
        ca_file=ca_file,
        proxy=proxy,
        plain_hosts=tuple(allow_http or ()),
        offline=offline,
    )
    wanted = provider_secrets is ProviderSecrets.ENVIRONMENT
    secrets = rendering.Secrets(wanted, show_secrets)
    rendering.render(context.obj, file, where, KeyFiles(key), secrets)
