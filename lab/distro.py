"""The lab's EKS Distro releases: Kubernetes, etcd and CoreDNS of one minor version."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.bundles.distro import DISTRO_API, DISTRO_KIND
from bedplate.bundles.documents import Json, Table
from lab import versions
from lab.images import Images, KubernetesPart
from lab.versions import Kubernetes

AUTHENTICATOR = "eks-distro/kubernetes-sigs/aws-iam-authenticator"
"""Every EKS Distro release names it; the lab has no AWS, so nothing pulls it and none is built."""

_KUBERNETES = {
    "kube-apiserver-image": KubernetesPart.API_SERVER,
    "kube-controller-manager-image": KubernetesPart.CONTROLLER_MANAGER,
    "kube-scheduler-image": KubernetesPart.SCHEDULER,
    "kube-proxy-image": KubernetesPart.PROXY,
    "pause-image": KubernetesPart.PAUSE,
}


def path(release: Kubernetes) -> str:
    """Return where the release is, below the folder that is served."""
    return f"kubernetes-{release.channel}/{release.name}.yaml"


def distro(release: Kubernetes, images: Images, digests: Mapping[str, str]) -> Table:
    """Return the release's manifest; `digests` are those of images (`sha256:…`), by full name."""

    def asset(name: str, part: KubernetesPart) -> Json:
        uri = images.of_kubernetes(part, release)
        return _asset(name, uri, digests.get(uri, ""))

    def component(name: str, tag: str, assets: list[Json]) -> Json:
        return {"name": name, "gitTag": tag, "assets": assets}

    authenticator = f"{images.registry}/{AUTHENTICATOR}:v0.7.4-{release.suffix}"
    return {
        "apiVersion": DISTRO_API,
        "kind": DISTRO_KIND,
        "metadata": {"name": release.name},
        "spec": {"channel": release.channel, "number": release.number},
        "status": {
            "date": versions.RELEASED,
            "components": [
                component(
                    "kubernetes",
                    release.patch,
                    [asset(name, part) for name, part in _KUBERNETES.items()],
                ),
                component(
                    "coredns", release.coredns, [asset("coredns-image", KubernetesPart.COREDNS)]
                ),
                component("etcd", release.etcd, [asset("etcd-image", KubernetesPart.ETCD)]),
                component(
                    "aws-iam-authenticator",
                    "v0.7.4",
                    [_asset("aws-iam-authenticator-image", authenticator, "")],
                ),
            ],
        },
    }


def _asset(name: str, uri: str, digest: str) -> Json:
    image: Table = {"uri": uri, **({"imageDigest": digest} if digest else {})}
    return {"name": name, "type": "Image", "os": "linux", "arch": ["amd64"], "image": image}
