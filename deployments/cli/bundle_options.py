"""The options of the verbs that read a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

MaybeSpec: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", metavar="FILE", help="Take the versions that this specification asks for."
    ),
]
BundleAddress: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--bundles",
        "--bundles-override",
        metavar="FILE|URL",
        help="The bundle, or a downloaded folder, instead of a release's.",
    ),
]
ReleaseManifest: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--release-manifest", metavar="FILE|URL", help="The releases; EKS Anywhere's by default."
    ),
]
EksaVersion: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--version", metavar="V", help="The release; else the specification's, else the latest."
    ),
]
KubernetesVersions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--kubernetes-version", metavar="1.N", help="Only these versions; may be given again."
    ),
]
BundleKey: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="FILE", help="The public key of bundles; EKS Anywhere's by default."
    ),
]
DistroKey: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--distro-key", metavar="FILE", help="The public key of EKS Distro, for extended support."
    ),
]
LicenceKey: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--licence-key", metavar="FILE", help="The public key that licence tokens are checked with."
    ),
]
CaFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--ca-file", metavar="FILE", help="More certificate authorities, in PEM."),
]
Proxy: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--proxy", metavar="URL", help="Else HTTPS_PROXY and NO_PROXY, else the specification's."
    ),
]
PlainHosts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--allow-http", metavar="HOST", help="A host that may be read without TLS."),
]
Offline: TypeAlias = Annotated[
    bool, typer.Option("--offline", help="Ask nothing of the network: use the last copies.")
]


@dataclass(frozen=True, slots=True)
class Where:
    """Which bundle, and how it is reached."""

    spec: Path | None = None
    bundles: str | None = None
    releases: str | None = None
    version: str | None = None
    kubernetes_versions: tuple[str, ...] = ()
    ca_file: Path | None = None
    proxy: str | None = None
    plain_hosts: tuple[str, ...] = ()
    offline: bool = False


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of the keys that are believed; None is EKS Anywhere's own."""

    bundle: Path | None = None
    distro: Path | None = None
    licence: Path | None = None


PUBLISHED = KeyFiles()
"""EKS Anywhere's own keys."""
