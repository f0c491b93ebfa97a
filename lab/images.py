"""The container images of the lab: their names, as EKS Anywhere's bundles name them.

What builds the images and what writes the bundle both ask here, so that they cannot differ.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bedplate.errors import Owner, PermanentError
from lab import versions
from lab.versions import Kubernetes


class Part(enum.StrEnum):
    """An image that serves every Kubernetes version; the value is its repository."""

    CERT_MANAGER_ACMESOLVER = "eks-anywhere/cert-manager/cert-manager-acmesolver"
    CERT_MANAGER_CAINJECTOR = "eks-anywhere/cert-manager/cert-manager-cainjector"
    CERT_MANAGER_CONTROLLER = "eks-anywhere/cert-manager/cert-manager-controller"
    CERT_MANAGER_WEBHOOK = "eks-anywhere/cert-manager/cert-manager-webhook"
    CILIUM = "isovalent/cilium"
    CILIUM_OPERATOR = "isovalent/operator-generic"
    CLUSTER_API = "eks-anywhere/kubernetes-sigs/cluster-api/cluster-api-controller"
    KUBEADM_BOOTSTRAP = "eks-anywhere/kubernetes-sigs/cluster-api/kubeadm-bootstrap-controller"
    KUBEADM_CONTROL_PLANE = (
        "eks-anywhere/kubernetes-sigs/cluster-api/kubeadm-control-plane-controller"
    )
    CLUSTER_API_VSPHERE = (
        "eks-anywhere/kubernetes-sigs/cluster-api-provider-vsphere/release/manager"
    )
    KUBE_VIP = "eks-anywhere/kube-vip/kube-vip"
    EKSA_CONTROLLER = "eks-anywhere/eks-anywhere-cluster-controller"


class KubernetesPart(enum.StrEnum):
    """An image of one Kubernetes version; the value is its repository."""

    KIND_NODE = "eks-anywhere/kubernetes-sigs/kind/node"
    CLOUD_PROVIDER = "eks-anywhere/kubernetes/cloud-provider-vsphere/cpi/manager"
    API_SERVER = "eks-distro/kubernetes/kube-apiserver"
    CONTROLLER_MANAGER = "eks-distro/kubernetes/kube-controller-manager"
    SCHEDULER = "eks-distro/kubernetes/kube-scheduler"
    PROXY = "eks-distro/kubernetes/kube-proxy"
    PAUSE = "eks-distro/kubernetes/pause"
    COREDNS = "eks-distro/coredns/coredns"
    ETCD = "eks-distro/etcd-io/etcd"


TAGS: Mapping[Part, str] = {
    Part.CERT_MANAGER_ACMESOLVER: versions.CERT_MANAGER,
    Part.CERT_MANAGER_CAINJECTOR: versions.CERT_MANAGER,
    Part.CERT_MANAGER_CONTROLLER: versions.CERT_MANAGER,
    Part.CERT_MANAGER_WEBHOOK: versions.CERT_MANAGER,
    Part.CILIUM: versions.CILIUM,
    Part.CILIUM_OPERATOR: versions.CILIUM,
    Part.CLUSTER_API: versions.CLUSTER_API,
    Part.KUBEADM_BOOTSTRAP: versions.CLUSTER_API,
    Part.KUBEADM_CONTROL_PLANE: versions.CLUSTER_API,
    Part.CLUSTER_API_VSPHERE: versions.CLUSTER_API_VSPHERE,
    Part.KUBE_VIP: versions.KUBE_VIP,
    Part.EKSA_CONTROLLER: versions.EKSA,
}

_IMAGE = re.compile(r"^\s*(?:- )?image: (?P<name>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Images:
    """Names of images below one registry, such as `198.18.0.1:5000`."""

    registry: str

    def name(self, part: Part) -> str:
        """Return the full name of an image, with its tag."""
        return f"{self.registry}/{part}:{TAGS[part]}"

    def of_kubernetes(self, part: KubernetesPart, release: Kubernetes) -> str:
        """Return the full name of an image of one Kubernetes version, with its tag."""
        return f"{self.registry}/{part}:{_tag(part, release)}"

    def chart_folder(self) -> str:
        """Return where Cilium's chart is pushed: a chart's own name is put behind it."""
        return f"{self.registry}/isovalent"

    def all(self, releases: Iterable[Kubernetes] = versions.USUAL) -> tuple[str, ...]:
        """Return every image that has to be built for these releases, by its full name."""
        common = (self.name(part) for part in Part)
        return (
            *common,
            *(self.of_kubernetes(part, release) for release in releases for part in KubernetesPart),
        )


def check_images(name: str, text: str, wanted: set[str]) -> None:
    """Raise PermanentError LAB_IMAGE_FOREIGN unless a manifest names just these images."""
    found = {match["name"].strip("\"'") for match in _IMAGE.finditer(text)}
    if found != wanted:
        raise PermanentError(
            "LAB_IMAGE_FOREIGN",
            f"the manifest of {name} names {', '.join(sorted(found)) or 'no image'},"
            f" not {', '.join(sorted(wanted))}",
            why="nodes of the lab have the lab's own images and pull no others",
            remedy="adapt what makes it to the version in lab/versions.py",
            owner=Owner.BEDPLATE,
        )


def _tag(part: KubernetesPart, release: Kubernetes) -> str:
    match part:
        case KubernetesPart.KIND_NODE:
            distro = f"eks-d-{release.channel}-{release.number}"
            return f"{release.patch}-{distro}-eks-a-{versions.BUNDLE}"
        case KubernetesPart.CLOUD_PROVIDER:
            return f"{release.cloud_provider}-{release.suffix}"
        case KubernetesPart.COREDNS:
            return f"{release.coredns}-{release.suffix}"
        case KubernetesPart.ETCD:
            return f"{release.etcd}-{release.suffix}"
        case _:
            return f"{release.patch}-{release.suffix}"
