"""What EKS Anywhere publishes: release manifest, bundle, EKS Distro release; then the choice."""

from __future__ import annotations

from bedplate.bundles.artifacts import Archive, Image, Manifest
from bedplate.bundles.chosen import ChosenBundle, Versions
from bedplate.bundles.distro import DistroRelease, KubeDistro
from bedplate.bundles.versions_bundle import VersionsBundle

__all__ = [
    "Archive",
    "ChosenBundle",
    "DistroRelease",
    "Image",
    "KubeDistro",
    "Manifest",
    "Versions",
    "VersionsBundle",
]
