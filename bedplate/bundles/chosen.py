"""A chosen bundle: the one release of everything that an operation works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.bundles.distro import KubeDistro
from bedplate.bundles.documents import Table
from bedplate.bundles.versions_bundle import VersionsBundle


@dataclass(frozen=True, slots=True)
class Versions:
    """One Kubernetes version: its part of the bundle and its EKS Distro release.

    `written` is the release's manifest as it was read, of which `distro` is the part used here.
    """

    bundle: VersionsBundle
    distro: KubeDistro
    written: Table = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ChosenBundle:
    """A verified bundle, with the EKS Distro releases of the versions that were asked for.

    `digest` is the SHA-256 in hexadecimal over the bytes of the Bundles manifest and of each EKS
    Distro manifest that was read, in the order of the Kubernetes versions: the same digest is the
    same cluster. `eksa_version` is the release's, such as `v0.26.0`; empty with a bundle from a
    file. `management` is where Cluster API's own components come from (the first of the bundle).
    `written` is the Bundles manifest as it was read, for the cluster's own controller.
    """

    number: int
    eksa_version: str
    digest: str
    source: str
    management: VersionsBundle
    versions: Mapping[str, Versions]
    written: Table = field(repr=False, compare=False)

    def __getitem__(self, kubernetes_version: str) -> Versions:
        """Return what a Kubernetes version consists of; raises KeyError for one not asked for."""
        return self.versions[kubernetes_version]
