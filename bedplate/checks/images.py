"""The container images that a cluster pulls, as its bundle names them; pure."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from bedplate.bundles import ChosenBundle, Image, KubeDistro, VersionsBundle
from bedplate.spec import ClusterSpec, DockerDatacenterConfig, OSFamily, VSphereDatacenterConfig

# Parts of a bundle that serve one infrastructure, and the kind of datacenter that needs them.
INFRASTRUCTURE = {
    "v_sphere": VSphereDatacenterConfig.KIND,
    "docker": DockerDatacenterConfig.KIND,
    "haproxy": DockerDatacenterConfig.KIND,
    "kindnetd": DockerDatacenterConfig.KIND,
}


def images(spec: ClusterSpec, bundle: ChosenBundle) -> tuple[Image, ...]:
    """Return each image once, by its name; those that this cluster never pulls are left out."""
    found: dict[str, Image] = {}
    for versions in bundle.versions.values():
        for image in (*_of_bundle(spec, versions.bundle), *_of_distro(versions.distro)):
            found.setdefault(image.uri, image)
    for image in _of_bundle(spec, bundle.management):
        found.setdefault(image.uri, image)
    return tuple(found[uri] for uri in sorted(found))


def _of_bundle(spec: ClusterSpec, bundle: VersionsBundle) -> Iterator[Image]:
    left_out = {part for part, kind in INFRASTRUCTURE.items() if kind != spec.provider_kind}
    if not uses_bottlerocket(spec):
        left_out.add("bottlerocket_host_containers")
    if spec.gitops is None:
        left_out.add("flux")
    packages = spec.cluster.spec.packages
    if packages is not None and packages.disable:
        left_out.add("package_controller")
    for name, part in bundle:
        if name not in left_out:
            yield from _inside(part)


def _inside(part: object) -> Iterator[Image]:
    if isinstance(part, Image):
        # A chart is pulled by the administrative machine, and is an artifact of a registry too.
        if part.uri and "/" in part.uri:
            yield part
    elif isinstance(part, BaseModel):
        for _, below in part:
            yield from _inside(below)


def _of_distro(distro: KubeDistro) -> Iterator[Image]:
    """What kubeadm pulls; `kubernetes` itself stands for a repository."""
    for image in (distro.kube_proxy, distro.coredns, distro.etcd, distro.pause):
        if image.uri:
            yield image


def uses_bottlerocket(spec: ClusterSpec) -> bool:
    """Say whether any machine runs Bottlerocket."""
    return any(
        getattr(config.spec, "os_family", None) is OSFamily.BOTTLEROCKET
        for config in spec.machine_configs.values()
    )
