"""`bedplate download artifacts`."""

from __future__ import annotations

from pathlib import Path
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

group = typer.Typer(no_args_is_help=True, help="Download for a place without a network.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="download")


@group.command("artifacts")
def download_artifacts(
    context: typer.Context,
    download_dir: Annotated[
        Path, typer.Option("--download-dir", "-d", metavar="DIR", help="The folder to make.")
    ] = Path("eks-anywhere-downloads"),
    file: MaybeSpec = None,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    kubernetes_version: KubernetesVersions = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be downloaded, and nothing else.")
    ] = False,
    retain_dir: Annotated[
        bool, typer.Option("--retain-dir", "-r", help="Keep the folder beside its archive.")
    ] = False,
    key: BundleKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Download every manifest of a bundle into a folder and its .tar.gz, ready for an air gap."""
    from deployments.cli import downloading

    context.obj.output = output
    versions, hosts = tuple(kubernetes_version or ()), tuple(allow_http or ())
    where = Where(
        file, bundles, release_manifest, version, versions, ca_file, proxy, hosts, offline
    )
    wish = downloading.Wish(download_dir, dry_run=dry_run, retain=retain_dir)
    downloading.download(context.obj, where, KeyFiles(key), wish)
