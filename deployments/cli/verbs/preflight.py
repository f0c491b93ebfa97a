"""`bedplate preflight`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli.bundle_options import (
    BundleAddress,
    BundleKey,
    CaFile,
    DistroKey,
    EksaVersion,
    KeyFiles,
    LicenceKey,
    Offline,
    PlainHosts,
    Proxy,
    ReleaseManifest,
    Where,
)
from deployments.cli.options import Output, OutputOption, SpecFile, names_in

Site = Annotated[
    str,
    typer.Option(
        "--site",
        metavar="NAME",
        help="Where to look; `vsphere` is the specification's own vCenter, as the user in"
        " EKSA_VSPHERE_USERNAME and EKSA_VSPHERE_PASSWORD.",
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        "--skip-validations",
        metavar="NAME[,NAME]",
        help="Do not make these checks; may be given again.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("preflight", short_help="Check whether a site is ready for a cluster.")(preflight)


def preflight(
    context: typer.Context,
    file: SpecFile,
    site: Site = "simulated",
    skip: Skip = None,
    bundles: BundleAddress = None,
    release_manifest: ReleaseManifest = None,
    version: EksaVersion = None,
    key: BundleKey = None,
    distro_key: DistroKey = None,
    licence_key: LicenceKey = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    allow_http: PlainHosts = None,
    offline: Offline = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make every check that a create begins with, and change nothing; exits with 1 if one fails.

    No check stops another, and warnings fail nothing. The options about bundles are for sites that
    are not simulated.
    """
    from deployments.cli.preflighting import Look
    from deployments.cli.preflighting import preflight as look_around

    context.obj.output = output
    hosts = tuple(allow_http or ())
    where = Where(file, bundles, release_manifest, version, (), ca_file, proxy, hosts, offline)
    look = Look(where, KeyFiles(key, distro_key, licence_key), site, names_in(skip))
    raise typer.Exit(look_around(context.obj, look))
