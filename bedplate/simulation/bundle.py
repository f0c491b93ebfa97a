"""The bundle of the simulated site: in EKS Anywhere's shape, with versions from one table.

Nothing in it can be downloaded, and nothing has to be: simulated machines run no images.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bedplate.bundles import ChosenBundle, Image, KubeDistro, Versions, VersionsBundle
from bedplate.bundles.artifacts import Archive
from bedplate.bundles.distro import DISTRO_API, DISTRO_KIND
from bedplate.bundles.documents import Table
from bedplate.bundles.manifests import API
from bedplate.bundles.versions_bundle import (
    CapiProvider,
    Cilium,
    Docker,
    Eksa,
    EksDistro,
    Haproxy,
    HostContainers,
    Ova,
    VSphere,
)
from bedplate.errors import Owner, PermanentError
from bedplate.ports.components import Component
from bedplate.simulation.component_table import NEXT_VERSIONS, REGISTRY, TABLE
from bedplate.spec import ClusterSpec

NUMBER, NEXT_NUMBER = 1, 2
EKSA_VERSION = "v0.26.0"
NEXT_EKSA_VERSION = "v0.27.0"
"""The release that a specification can go on to, by its eksaVersion."""

KUBE_VIP = "v0.9.2"
DISTRO = "public.ecr.aws/eks-distro"

# The EKS Distro release of each Kubernetes minor version: its patch, its number, and its etcd.
RELEASES: Mapping[str, tuple[str, int, str]] = {
    "1.30": ("v1.30.14", 48, "v3.5.21"),
    "1.31": ("v1.31.13", 41, "v3.5.21"),
    "1.32": ("v1.32.9", 34, "v3.5.21"),
    "1.33": ("v1.33.5", 24, "v3.5.21"),
    "1.34": ("v1.34.4", 12, "v3.6.4"),
    "1.35": ("v1.35.1", 8, "v3.6.6"),
    "1.36": ("v1.36.0", 3, "v3.6.6"),
}


def eksd_name(version: str) -> str:
    """Return the name of the EKS Distro release of a Kubernetes version, which templates carry."""
    return f"kubernetes-{version.replace('.', '-')}-eks-{RELEASES[version][1]}"


def choose(spec: ClusterSpec) -> ChosenBundle:
    """Return the bundle with the versions that a specification asks for.

    Raises PermanentError BUNDLE_VERSION_MISSING where it has not got one of them.
    """
    asked = {spec.kubernetes_version, *(spec.worker_version(group) for group in spec.workers)}
    for version in sorted(asked - RELEASES.keys()):
        raise _missing(version)
    versions = {v: Versions(_bundle(v), _distro(v), _release(v)) for v in sorted(asked)}
    number = NEXT_NUMBER if _is_next(spec) else NUMBER
    return ChosenBundle(
        number=number,
        eksa_version=NEXT_EKSA_VERSION if _is_next(spec) else EKSA_VERSION,
        digest=_digest(versions, component_versions(spec)),
        source="the simulated site's own",
        management=_bundle(next(iter(RELEASES))),
        versions=versions,
        written={
            "apiVersion": API,
            "kind": "Bundles",
            "metadata": {"name": f"bundles-{number}"},
            "spec": {"number": number, "versionsBundles": [{"kubeVersion": v} for v in RELEASES]},
        },
    )


def _release(version: str) -> Table:
    return {
        "apiVersion": DISTRO_API,
        "kind": DISTRO_KIND,
        "metadata": {"name": eksd_name(version)},
        "spec": {"channel": version.replace(".", "-"), "number": RELEASES[version][1]},
    }


def component_versions(spec: ClusterSpec) -> Mapping[Component, str]:
    """Return the components' versions of a release, where they are not the table's."""
    return NEXT_VERSIONS if _is_next(spec) else {}


def _is_next(spec: ClusterSpec) -> bool:
    return spec.cluster.spec.eksa_version == NEXT_EKSA_VERSION


def _missing(version: str) -> PermanentError:
    return PermanentError(
        "BUNDLE_VERSION_MISSING",
        f"kubernetes version {version} is not supported by bundles manifest {NUMBER}",
        why=f"the simulated site's bundle has {', '.join(RELEASES)}",
        remedy="change kubernetesVersion to one of these",
        owner=Owner.SPEC_AUTHOR,
    )


def _digest(versions: Mapping[str, Versions], others: Mapping[Component, str]) -> str:
    content: dict[str, object] = {
        version: [found.bundle.model_dump(mode="json"), repr(found.distro)]
        for version, found in versions.items()
    }
    if others:
        content["components"] = dict(others)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _bundle(version: str) -> VersionsBundle:
    patch, number, _ = RELEASES[version]
    channel = version.replace(".", "-")
    release = f"{patch}-eks-d-{channel}-{number}-eks-a-{NUMBER}"
    vsphere = _version(Component.VSPHERE)
    return VersionsBundle(
        kube_version=version,
        eks_d=EksDistro(
            name=eksd_name(version),
            channel=channel,
            kube_version=patch,
            kind_node=_image("kubernetes-sigs/kind/node", release),
            ova=Ova(bottlerocket=_ova(version)),
        ),
        cluster_api=CapiProvider(version=_version(Component.CLUSTER_API)),
        bootstrap=CapiProvider(version=_version(Component.KUBEADM_BOOTSTRAP)),
        control_plane=CapiProvider(version=_version(Component.KUBEADM_CONTROL_PLANE)),
        etcdadm_bootstrap=CapiProvider(version=_version(Component.ETCDADM_BOOTSTRAP)),
        etcdadm_controller=CapiProvider(version=_version(Component.ETCDADM_CONTROLLER)),
        v_sphere=VSphere(
            version=vsphere,
            cluster_api_controller=_image(
                "kubernetes-sigs/cluster-api-provider-vsphere/release/manager", vsphere
            ),
            manager=_image("kubernetes/cloud-provider-vsphere/cpi/manager", release),
            kube_vip=_image("kube-vip/kube-vip", KUBE_VIP),
        ),
        docker=Docker(version=_version(Component.CLUSTER_API)),
        eksa=Eksa(version=EKSA_VERSION),
        cilium=Cilium(version=_version(Component.CILIUM)),
        bottlerocket_host_containers=HostContainers(
            admin=_image("bottlerocket-admin", "v0.11.15"),
            control=_image("bottlerocket-control", "v0.7.19"),
            kubeadm_bootstrap=_image("bottlerocket-bootstrap", f"v{channel}-{number}"),
        ),
        haproxy=Haproxy(image=_image("kubernetes-sigs/kind/haproxy", "v0.30.0")),
    )


def _version(component: Component) -> str:
    return TABLE[component].version


def _image(name: str, tag: str) -> Image:
    uri = f"{REGISTRY}/{name}:{tag}"
    digest = hashlib.sha256(uri.encode()).hexdigest()
    return Image(name=name.rpartition("/")[2], uri=uri, image_digest=f"sha256:{digest}")


def _ova(version: str) -> Archive:
    name = f"bottlerocket-{eksd_name(version)}.ova"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Archive(name=name, os_name="bottlerocket", uri=f"simulated:///{name}", sha256=digest)


def _distro(version: str) -> KubeDistro:
    patch, number, etcd = RELEASES[version]
    end = f"eks-{version.replace('.', '-')}-{number}"

    def image(name: str, tag: str) -> Image:
        return Image(name=name.rpartition("/")[2], uri=f"{DISTRO}/{name}:{tag}-{end}")

    return KubeDistro(
        name=eksd_name(version),
        kubernetes=Image(name="kubernetes", uri=f"{DISTRO}/kubernetes:{patch}-{end}"),
        kube_proxy=image("kubernetes/kube-proxy", patch),
        coredns=image("coredns/coredns", "v1.12.1"),
        etcd=image("etcd-io/etcd", etcd),
        pause=image("kubernetes/pause", patch),
        aws_iam_authenticator=image("kubernetes-sigs/aws-iam-authenticator", "v0.7.4"),
        etcd_version=etcd.removeprefix("v"),
        etcd_url=f"simulated:///etcd-linux-amd64-{etcd}.tar.gz",
    )
