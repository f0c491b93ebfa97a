"""The component manifests that a bundle names: Cluster API providers, Cilium, storage, packages."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.ports.kube import Manifest

BUNDLE_MISSING = "BUNDLE_MISSING"


class Component(enum.StrEnum):
    """A component that a phase installs."""

    CERT_MANAGER = "cert-manager"
    CLUSTER_API = "cluster-api"
    KUBEADM_BOOTSTRAP = "bootstrap-kubeadm"
    KUBEADM_CONTROL_PLANE = "control-plane-kubeadm"
    ETCDADM_BOOTSTRAP = "bootstrap-etcdadm-bootstrap"
    ETCDADM_CONTROLLER = "bootstrap-etcdadm-controller"
    VSPHERE = "infrastructure-vsphere"
    DOCKER = "infrastructure-docker"
    CILIUM = "cilium"
    CILIUM_PREFLIGHT = "cilium-preflight"
    VSPHERE_CSI = "vsphere-csi"
    EKS_ANYWHERE = "eks-anywhere"
    FLUX = "flux"
    PACKAGES = "eks-anywhere-packages"


@dataclass(frozen=True, slots=True)
class Release:
    """A component at one version, with the objects to apply, in order."""

    component: Component
    version: str
    manifests: Sequence[Manifest]


class Components(Protocol):
    """The manifests of one bundle; raises BUNDLE_MISSING, or NET_UNREACHABLE (temporary)."""

    def release(self, component: Component) -> Release:
        """Return a component's release as the bundle pins it."""
        ...
