"""`bedplate list`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.bundle_options import (
    BundleAddress,
    BundleKey,
    CaFile,
    EksaVersion,
    KeyFiles,
    KubernetesVersions,
    MaybeSpec,
    Offline,
    PlainHosts,
    Proxy,
    ReleaseManifest,
    Where,
)
from deployments.cli.options import Output, OutputOption

group = typer.Typer(no_args_is_help=True, help="List what a bundle names.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="list")


@group.command("images")
def list_images(
    context: typer.Context,
    file: MaybeSpec = None,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    kubernetes_version: KubernetesVersions = None,
    mirror: Annotated[
        bool,
        typer.Option("--mirror", help="The names in the specification's registry mirror."),
    ] = False,
    key: BundleKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """List every image and chart, each once, with its digest."""
    from deployments.cli import bundling

    context.obj.output = output
    versions, hosts = tuple(kubernetes_version or ()), tuple(allow_http or ())
    where = Where(
        file, bundles, release_manifest, version, versions, ca_file, proxy, hosts, offline
    )
    bundling.list_images(context.obj, where, KeyFiles(key), mirrored=mirror)


@group.command("ovas")
def list_ovas(
    context: typer.Context,
    file: MaybeSpec = None,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    kubernetes_version: KubernetesVersions = None,
    key: BundleKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the virtual machine images for vSphere, with their digests."""
    from deployments.cli import bundling

    context.obj.output = output
    versions, hosts = tuple(kubernetes_version or ()), tuple(allow_http or ())
    where = Where(
        file, bundles, release_manifest, version, versions, ca_file, proxy, hosts, offline
    )
    bundling.list_ovas(context.obj, where, KeyFiles(key))
