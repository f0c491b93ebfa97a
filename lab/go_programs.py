"""The programs that the lab builds: a row says from which module, and what of it.

Each folder below `lab/go` is a Go module of its own, whose go.mod and go.sum pin everything that
its programs are built from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab import versions
from lab.versions import Kubernetes

CERT_MANAGER = "github.com/cert-manager/cert-manager/cmd"
CILIUM = "github.com/cilium/cilium"
CLUSTER_API = "sigs.k8s.io/cluster-api"
KUBERNETES = "k8s.io/kubernetes/cmd"
COMPOSE = "compose"
"""The one program that no cluster needs: `lab several` builds it."""


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


# kube-apiserver first: the others share most of its packages.
_OF_KUBERNETES = (
    "kube-apiserver",
    "kubelet",
    "kubeadm",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
)


def _kubernetes(release: Kubernetes, name: str) -> GoProgram:
    sets = {
        **_version("k8s.io/component-base/version", release.tag),
        **_version("k8s.io/client-go/pkg/version", release.tag),
    }
    return GoProgram(name, release.folder, f"{KUBERNETES}/{name.rpartition('-')[0]}", sets)


def _kubectl(release: Kubernetes) -> GoProgram:
    return replace(_kubernetes(release, release.program("kubectl")), name="kubectl")


def of_kubernetes(release: Kubernetes) -> Iterator[GoProgram]:
    """Yield the programs that there is one of for every Kubernetes version."""
    for name in _OF_KUBERNETES:
        yield _kubernetes(release, release.program(name))


_CLUSTER_API = _version(f"{CLUSTER_API}/version", versions.CLUSTER_API)

GO_PROGRAMS: Mapping[str, GoProgram] = {
    program.name: program
    for program in (
        *(program for release in versions.KUBERNETES for program in of_kubernetes(release)),
        _kubectl(versions.NEWEST),
        GoProgram("etcd", "etcd"),
        GoProgram("etcdctl", "etcd", "go.etcd.io/etcd/etcdctl/v3"),
        GoProgram("etcdutl", "etcd", "go.etcd.io/etcd/etcdutl/v3"),
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
        GoProgram(COMPOSE, "compose", "github.com/docker/compose/v2/cmd"),
        # The lab's own, which stand in for what is not to be had as a module.
        GoProgram("kube-vip", "../kubevip"),
        GoProgram("eksa-controller", "../controller"),
    )
}


def wanted(releases: Sequence[Kubernetes] = versions.USUAL) -> tuple[str, ...]:
    """Return the names of the programs that a lab of these Kubernetes versions consists of."""
    others = {
        program.name
        for release in versions.KUBERNETES
        if release not in releases
        for program in of_kubernetes(release)
    }
    return tuple(name for name in GO_PROGRAMS if name not in {*others, COMPOSE})
