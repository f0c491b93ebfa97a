"""The component manifests that the lab's bundle names, as files below the folder that is served.

A bundle has no field for a manifest's digest, so the address holds it: a folder `sha256-…`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.files import FolderFiles
from lab import versions

METADATA = "metadata.yaml"


@dataclass(frozen=True, slots=True)
class File:
    """One manifest: which component (as clusterctl calls it), which version, its name, its text."""

    component: str
    version: str
    name: str
    text: str

    @property
    def path(self) -> str:
        """Return where it is, below the folder that is served."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return f"artifacts/sha256-{digest}/{self.component}/{self.version}/{self.name}"


@dataclass(frozen=True, slots=True)
class Provider:
    """A Cluster API provider's components and the metadata that clusterctl reads."""

    components: File
    metadata: File

    @classmethod
    def of(cls, name: str, version: str, components: str, metadata: str) -> Provider:
        """Return the files of a provider such as `control-plane-kubeadm`."""
        kind = name.partition("-kubeadm")[0].partition("-vsphere")[0]
        file = "core-components.yaml" if name == "cluster-api" else f"{kind}-components.yaml"
        return cls(File(name, version, file, components), File(name, version, METADATA, metadata))


@dataclass(frozen=True, slots=True)
class Manifests:
    """Every manifest of the lab's bundle; `distro_crds` None where none is published."""

    cert_manager: File
    cluster_api: Provider
    kubeadm_bootstrap: Provider
    kubeadm_control_plane: Provider
    vsphere: Provider
    eksa: File
    distro_crds: File | None = None

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Return the Cluster API providers."""
        return (
            self.cluster_api,
            self.kubeadm_bootstrap,
            self.kubeadm_control_plane,
            self.vsphere,
        )

    @property
    def files(self) -> tuple[File, ...]:
        """Return every file."""
        of_providers = (f for one in self.providers for f in (one.components, one.metadata))
        own = (self.cert_manager, self.eksa, *([self.distro_crds] if self.distro_crds else ()))
        return (*own, *of_providers)


def eksa_components(text: str) -> File:
    """Return EKS Anywhere's own components: its CustomResourceDefinitions and controller."""
    return File("eks-anywhere", versions.EKSA, "eksa-components.yaml", text)


def distro_crds(text: str) -> File:
    """Return the CustomResourceDefinitions of EKS Distro."""
    return File("eks-distro", "v1alpha1", "releases.distro.eks.amazonaws.com.yaml", text)


def write(folder: Path, manifests: Manifests) -> None:
    """Write every file below the folder that is served."""
    files = FolderFiles(folder)
    for file in manifests.files:
        files.write(file.path, file.text)


def write_clusterctl(folder: Path, manifests: Manifests) -> Path:
    """Write the same providers as clusterctl's local repository; returns its configuration."""
    files, listed = FolderFiles(folder), []
    kinds = {
        "cluster-api": "CoreProvider",
        "bootstrap-kubeadm": "BootstrapProvider",
        "control-plane-kubeadm": "ControlPlaneProvider",
        "infrastructure-vsphere": "InfrastructureProvider",
    }
    for provider in manifests.providers:
        components = provider.components
        where = f"{components.component}/{components.version}"
        for file in (components, provider.metadata):
            files.write(f"{where}/{file.name}", file.text)
        name = components.component.rpartition("-")[2]
        listed.append(
            f"- name: {name if name != 'api' else 'cluster-api'}\n"
            f"  url: {folder.absolute()}/{where}/{components.name}\n"
            f"  type: {kinds[components.component]}\n"
        )
    files.write("clusterctl.yaml", "providers:\n" + "".join(listed))
    return folder / "clusterctl.yaml"
