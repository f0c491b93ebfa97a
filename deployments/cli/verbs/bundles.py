"""`bedplate bundles`."""

from __future__ import annotations

import typer

from deployments.cli.bundle_options import (
    BundleAddress,
    BundleKey,
    CaFile,
    DistroKey,
    EksaVersion,
    KeyFiles,
    KubernetesVersions,
    LicenceKey,
    MaybeSpec,
    Offline,
    PlainHosts,
    Proxy,
    ReleaseManifest,
    Where,
)
from deployments.cli.options import Output, OutputOption

group = typer.Typer(no_args_is_help=True, help="Look at a bundle, or verify it.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="bundles")


@group.command("show")
def show_bundle(
    context: typer.Context,
    file: MaybeSpec = None,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    kubernetes_version: KubernetesVersions = None,
    key: BundleKey = None,
    distro_key: DistroKey = None,
    licence_key: LicenceKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show what a bundle consists of, its digest, and whether its signature is good."""
    from deployments.cli import bundling

    context.obj.output = output
    versions, hosts = tuple(kubernetes_version or ()), tuple(allow_http or ())
    where = Where(
        file, bundles, release_manifest, version, versions, ca_file, proxy, hosts, offline
    )
    bundling.show(context.obj, where, KeyFiles(key, distro_key, licence_key))


@group.command("verify")
def verify_bundle(
    context: typer.Context,
    file: MaybeSpec = None,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    kubernetes_version: KubernetesVersions = None,
    key: BundleKey = None,
    distro_key: DistroKey = None,
    licence_key: LicenceKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Verify a bundle's signature and, of the versions asked for, support and EKS Distro."""
    from deployments.cli import bundling

    context.obj.output = output
    versions, hosts = tuple(kubernetes_version or ()), tuple(allow_http or ())
    where = Where(
        file, bundles, release_manifest, version, versions, ca_file, proxy, hosts, offline
    )
    bundling.verify(context.obj, where, KeyFiles(key, distro_key, licence_key))
