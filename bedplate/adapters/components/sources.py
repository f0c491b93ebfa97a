"""Which part of a bundle each component is: its version, its manifest, its images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bedplate.adapters.components import inventory
from bedplate.adapters.components.inventory import Entry
from bedplate.bundles import Image, VersionsBundle
from bedplate.bundles.artifacts import Manifest
from bedplate.bundles.versions_bundle import CapiProvider
from bedplate.ports.components import Component


@dataclass(frozen=True, slots=True)
class Source:
    """One component of a bundle. `images` are by names of containers or of images.

    `entry` is None for what is no provider of Cluster API; `namespace` is for objects that name
    none where the manifest brings no namespace; `also` is another manifest, to be applied first.
    """

    version: str
    manifest: Manifest
    images: Mapping[str, Image] = field(default_factory=dict)
    entry: Entry | None = None
    namespace: str = ""
    also: str = ""


def source_of(component: Component, bundle: VersionsBundle) -> Source | None:
    """Return where a component comes from; None for one that a bundle's manifests do not have."""
    find = _SOURCES.get(component)
    found = find(bundle) if find is not None else None
    return found if found is not None and found.manifest.uri else None


def _provider(found: CapiProvider, entry: Entry) -> Source:
    images = {"manager": found.controller, "kube-rbac-proxy": found.kube_proxy}
    return Source(found.version, found.components, images, entry)


def _cert_manager(bundle: VersionsBundle) -> Source:
    found = bundle.cert_manager
    images = {
        "cert-manager-acmesolver": found.acmesolver,
        "cert-manager-cainjector": found.cainjector,
        "cert-manager-controller": found.controller,
        "cert-manager-webhook": found.webhook,
    }
    return Source(found.version, found.manifest, images, namespace="cert-manager")


def _vsphere(bundle: VersionsBundle) -> Source:
    found = bundle.v_sphere
    images = {"manager": found.cluster_api_controller, "kube-rbac-proxy": found.kube_proxy}
    return Source(found.version, found.components, images, inventory.VSPHERE)


def _docker(bundle: VersionsBundle) -> Source:
    found = bundle.docker
    images = {"manager": found.manager, "kube-rbac-proxy": found.kube_proxy}
    return Source(found.version, found.components, images, inventory.DOCKER)


def _eks_anywhere(bundle: VersionsBundle) -> Source:
    """The kinds of EKS Distro come from elsewhere; EKS Anywhere's controller reads its releases."""
    found = bundle.eksa
    images = {"manager": found.cluster_controller}
    return Source(
        found.version,
        found.components,
        images,
        namespace="eksa-system",
        also=bundle.eks_d.components,
    )


_SOURCES: Mapping[Component, Callable[[VersionsBundle], Source]] = {
    Component.CERT_MANAGER: _cert_manager,
    Component.CLUSTER_API: lambda b: _provider(b.cluster_api, inventory.CORE),
    Component.KUBEADM_BOOTSTRAP: lambda b: _provider(b.bootstrap, inventory.KUBEADM_BOOTSTRAP),
    Component.KUBEADM_CONTROL_PLANE: lambda b: _provider(
        b.control_plane, inventory.KUBEADM_CONTROL_PLANE
    ),
    Component.ETCDADM_BOOTSTRAP: lambda b: _provider(
        b.etcdadm_bootstrap, inventory.ETCDADM_BOOTSTRAP
    ),
    Component.ETCDADM_CONTROLLER: lambda b: _provider(
        b.etcdadm_controller, inventory.ETCDADM_CONTROLLER
    ),
    Component.VSPHERE: _vsphere,
    Component.DOCKER: _docker,
    Component.EKS_ANYWHERE: _eks_anywhere,
}
