"""What each of the lab's images consists of, except the machines'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lab import versions
from lab.archives import Layer, Put, Recipe, layer
from lab.images import Images, KubernetesPart, Part
from lab.programs import Programs, module
from lab.roots import TOOLS
from lab.versions import Kubernetes

NOBODY = "65532"
"""The user of images whose pods must not run as root and do not say as whom."""

CILIUM = "github.com/cilium/cilium"


@dataclass(frozen=True, slots=True)
class Single:
    """An image of one program: where it stands, and whether it is what the image runs.

    `beside` are programs that stand in the same folder; `by_version` says that there is a program
    for every Kubernetes version.
    """

    program: str
    target: str
    runs: bool = True
    user: str = ""
    by_version: bool = False
    beside: tuple[str, ...] = ()


SINGLE: Mapping[Part, Single] = {
    Part.CERT_MANAGER_ACMESOLVER: Single("cert-manager-acmesolver", "/program", user=NOBODY),
    Part.CERT_MANAGER_CAINJECTOR: Single("cert-manager-cainjector", "/program", user=NOBODY),
    Part.CERT_MANAGER_CONTROLLER: Single("cert-manager-controller", "/program", user=NOBODY),
    Part.CERT_MANAGER_WEBHOOK: Single("cert-manager-webhook", "/program", user=NOBODY),
    Part.CILIUM_OPERATOR: Single("cilium-operator", "/usr/bin/cilium-operator-generic"),
    Part.CLUSTER_API: Single("cluster-api-manager", "/manager", user=NOBODY),
    Part.KUBEADM_BOOTSTRAP: Single("bootstrap-kubeadm-manager", "/manager", user=NOBODY),
    Part.KUBEADM_CONTROL_PLANE: Single("control-plane-kubeadm-manager", "/manager", user=NOBODY),
    Part.CLUSTER_API_VSPHERE: Single("vsphere-manager", "/manager", user=NOBODY),
    Part.KUBE_VIP: Single("kube-vip", "/kube-vip"),
    Part.EKSA_CONTROLLER: Single("eksa-controller", "/manager", user=NOBODY),
}
SINGLE_OF_KUBERNETES: Mapping[KubernetesPart, Single] = {
    KubernetesPart.API_SERVER: Single(
        "kube-apiserver", "/usr/local/bin/kube-apiserver", by_version=True
    ),
    KubernetesPart.CONTROLLER_MANAGER: Single(
        "kube-controller-manager", "/usr/local/bin/kube-controller-manager", by_version=True
    ),
    KubernetesPart.SCHEDULER: Single(
        "kube-scheduler", "/usr/local/bin/kube-scheduler", by_version=True
    ),
    KubernetesPart.PAUSE: Single("pause", "/pause"),
    KubernetesPart.COREDNS: Single("coredns", "/coredns"),
    KubernetesPart.ETCD: Single("etcd", "/usr/local/bin/etcd", beside=("etcdctl", "etcdutl")),
    KubernetesPart.CLOUD_PROVIDER: Single("vsphere-cloud-controller-manager", "/program"),
}


@dataclass(frozen=True, slots=True)
class Recipes:
    """Every image by its full name; layers are written to a folder, the tools' from the cache."""

    programs: Programs
    images: Images
    folder: Path

    def all(self, releases: Iterable[Kubernetes]) -> Iterator[Recipe]:
        """Yield every image but the machines'."""
        for part, single in SINGLE.items():
            yield self._single(self.images.name(part), single)
        tools = Layer.of(TOOLS.archive(self.programs.cache))
        yield Recipe(self.images.name(Part.CILIUM), (tools, self._cilium()))
        for release in releases:
            yield from self._of_kubernetes(release, tools)

    def _of_kubernetes(self, release: Kubernetes, tools: Layer) -> Iterator[Recipe]:
        for part, single in SINGLE_OF_KUBERNETES.items():
            name = self.images.of_kubernetes(part, release)
            program = release.program(single.program) if single.by_version else single.program
            yield self._single(name, replace(single, program=program))
        proxy = Put(self.programs[release.program("kube-proxy")], "/usr/local/bin/kube-proxy")
        layers = (tools, layer(self.folder / "kube-proxy.tar", [proxy]))
        yield Recipe(self.images.of_kubernetes(KubernetesPart.PROXY, release), layers)

    def _single(self, name: str, single: Single) -> Recipe:
        puts = [Put(self.programs[single.program], single.target)]
        folder = Path(single.target).parent
        puts += [Put(self.programs[one], str(folder / one)) for one in single.beside]
        made = layer(self.folder / f"{single.program}.tar", puts)
        entrypoint = (single.target,) if single.runs else ()
        return Recipe(name, (made,), entrypoint, user=single.user)

    def _cilium(self) -> Layer:
        source = module(CILIUM, versions.CILIUM)
        scripts = (
            Put(source / "images/cilium/init-container.sh", "/init-container.sh"),
            Put(source / "plugins/cilium-cni/install-plugin.sh", "/install-plugin.sh"),
            Put(source / "plugins/cilium-cni/cni-uninstall.sh", "/cni-uninstall.sh"),
        )
        programs = (
            Put(self.programs["cilium-agent"], "/usr/bin/cilium-agent"),
            Put(self.programs["cilium-dbg"], "/usr/bin/cilium-dbg"),
            Put(self.programs["cilium-cni"], "/opt/cni/bin/cilium-cni"),
        )
        datapath = (
            Put(path, f"/var/lib/cilium/{path.relative_to(source)}", 0o644)
            for path in sorted((source / "bpf").rglob("*"))
            if path.is_file() and "tests" not in path.relative_to(source).parts
        )
        links = (("/usr/bin/clang", "clang-19"), ("/usr/bin/cilium", "cilium-dbg"))
        return layer(self.folder / "cilium.tar", (*scripts, *programs, *datapath), links)
