"""The programs that the lab builds: a row says from which module, and what of it.

Each folder below `lab/go` is a Go module of its own, whose go.mod and go.sum pin everything that
its programs are built from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab import versions

CERT_MANAGER = "github.com/cert-manager/cert-manager/cmd"
CILIUM = "github.com/cilium/cilium"
CLUSTER_API = "sigs.k8s.io/cluster-api"
KUBERNETES = "k8s.io/kubernetes/cmd"


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A program: its name, its module's folder, its package; `sets` are link-time variables."""

    name: str
    folder: str
    package: str = "."
    sets: Mapping[str, str] | None = None
    tags: Sequence[str] = ()

    def flags(self) -> list[str]:
        """Return what `go build` is told beside the package."""
        sets = " ".join(f"-X {name}={value}" for name, value in (self.sets or {}).items())
        tags = [f"-tags={','.join(self.tags)}"] if self.tags else []
        return [f"-ldflags=-s -w {sets}".rstrip(), *tags]


def _version(package: str, version: str) -> dict[str, str]:
    """Return the variables by which Kubernetes' programs know their version."""
    major, minor, *_ = version.removeprefix("v").split(".")
    return {
        f"{package}.gitVersion": version,
        f"{package}.gitMajor": major,
        f"{package}.gitMinor": minor,
        f"{package}.gitTreeState": "clean",
    }


_KUBERNETES = {
    **_version("k8s.io/component-base/version", versions.KUBERNETES[0].tag),
    **_version("k8s.io/client-go/pkg/version", versions.KUBERNETES[0].tag),
}
_CLUSTER_API = _version(f"{CLUSTER_API}/version", versions.CLUSTER_API)

GO_PROGRAMS: Mapping[str, GoProgram] = {
    program.name: program
    for program in (
        # kube-apiserver first: the others share most of its packages.
        GoProgram("kube-apiserver", "kubernetes", f"{KUBERNETES}/kube-apiserver", _KUBERNETES),
        GoProgram("kubelet", "kubernetes", f"{KUBERNETES}/kubelet", _KUBERNETES),
        GoProgram("kubeadm", "kubernetes", f"{KUBERNETES}/kubeadm", _KUBERNETES),
        GoProgram(
            "kube-controller-manager",
            "kubernetes",
            f"{KUBERNETES}/kube-controller-manager",
            _KUBERNETES,
        ),
        GoProgram("kube-scheduler", "kubernetes", f"{KUBERNETES}/kube-scheduler", _KUBERNETES),
        GoProgram("kube-proxy", "kubernetes", f"{KUBERNETES}/kube-proxy", _KUBERNETES),
        GoProgram("kubectl", "kubernetes", f"{KUBERNETES}/kubectl", _KUBERNETES),
        GoProgram("etcd", "etcd"),
        GoProgram("pause", "pause"),
        GoProgram("coredns", "coredns"),
        GoProgram("kind", "kind", "sigs.k8s.io/kind"),
        GoProgram("kustomize", "kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
        GoProgram("helm", "helm", "helm.sh/helm/v3/cmd/helm"),
        GoProgram("registry", "registry", "github.com/distribution/distribution/v3/cmd/registry"),
        GoProgram("cluster-api-manager", "cluster-api", CLUSTER_API, _CLUSTER_API),
        GoProgram(
            "bootstrap-kubeadm-manager",
            "cluster-api",
            f"{CLUSTER_API}/bootstrap/kubeadm",
            _CLUSTER_API,
        ),
        GoProgram(
            "control-plane-kubeadm-manager",
            "cluster-api",
            f"{CLUSTER_API}/controlplane/kubeadm",
            _CLUSTER_API,
        ),
        GoProgram("clusterctl", "cluster-api", f"{CLUSTER_API}/cmd/clusterctl", _CLUSTER_API),
        GoProgram("vsphere-manager", "cluster-api", "sigs.k8s.io/cluster-api-provider-vsphere"),
        GoProgram(
            "vsphere-cloud-controller-manager",
            "cloud-provider-vsphere",
            "k8s.io/cloud-provider-vsphere/cmd/vsphere-cloud-controller-manager",
        ),
        GoProgram("cert-manager-acmesolver", "cert-manager", f"{CERT_MANAGER}/acmesolver"),
        GoProgram("cert-manager-cainjector", "cert-manager", f"{CERT_MANAGER}/cainjector"),
        GoProgram("cert-manager-controller", "cert-manager", f"{CERT_MANAGER}/controller"),
        GoProgram("cert-manager-webhook", "cert-manager", f"{CERT_MANAGER}/webhook"),
        GoProgram("cilium-agent", "cilium", f"{CILIUM}/daemon"),
        GoProgram("cilium-dbg", "cilium", f"{CILIUM}/cilium-dbg"),
        GoProgram("cilium-cni", "cilium", f"{CILIUM}/plugins/cilium-cni"),
        GoProgram(
            "cilium-operator", "cilium", f"{CILIUM}/operator", tags=("ipam_provider_operator",)
        ),
        # The lab's own, which stand in for what is not to be had as a module.
        GoProgram("kube-vip", "../kubevip"),
        GoProgram("eksa-controller", "../controller"),
    )
}
