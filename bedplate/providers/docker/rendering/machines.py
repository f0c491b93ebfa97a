"""What all machines on Docker share: the container they are made from and how they register."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.bundles import Versions
from bedplate.capi.cluster import build
from bedplate.capi.rendering.arguments import TLS, listed, node_labels
from bedplate.capi.rendering.files import Fields
from bedplate.capi.rendering.nodes import APPENDING
from bedplate.capi.rendering.versions import minor_of
from bedplate.ports.kube import JSON, Kind, Manifest
from bedplate.spec import ClusterSpec, FreeObject

INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io/v1beta2"
DOCKER_CLUSTER = Kind(INFRASTRUCTURE, "DockerCluster")
DOCKER_MACHINE_TEMPLATE = Kind(INFRASTRUCTURE, "DockerMachineTemplate")

DOCKER_SOCKET = "/var/run/docker.sock"
CRI_SOCKET = "/var/run/containerd/containerd.sock"
SYSTEMD_CGROUPS = 24
"""The first minor version whose node image leaves control groups to systemd."""

NEVER_EVICT = "nodefs.available<0%,nodefs.inodesFree<0%,imagefs.available<0%"
"""Nodes share one disk, which other things on the machine fill too."""


def machine_template(versions: Versions, name: str) -> Manifest:
    """Return a DockerMachineTemplate; machines may start containers beside them."""
    mount: Fields = {"containerPath": DOCKER_SOCKET, "hostPath": DOCKER_SOCKET}
    body: Fields = {"extraMounts": [mount], "customImage": versions.bundle.eks_d.kind_node.uri}
    return build(DOCKER_MACHINE_TEMPLATE, name, {"spec": {"template": {"spec": body}}})


def kubelet_arguments(
    spec: ClusterSpec, version: str, labels: Mapping[str, str], configuration: FreeObject | None
) -> list[JSON]:
    """Return the kubelet's arguments.

    What the specification's own configuration of the kubelet says is not said again: an argument
    would win over it.
    """
    if configuration is not None:
        evict = {} if "evictionHard" in configuration else {"eviction-hard": NEVER_EVICT}
        return listed(evict, node_labels(labels))
    driver = "systemd" if minor_of(version) >= SYSTEMD_CGROUPS else "cgroupfs"
    return listed(
        {"eviction-hard": NEVER_EVICT, "cgroup-driver": driver},
        _resolver(spec),
        TLS,
        node_labels(labels),
    )


def registry_commands(spec: ClusterSpec) -> Fields:
    """Return the commands after which containerd knows the mirror, as a field."""
    if spec.cluster.spec.registry_mirror_configuration is None:
        return {}
    commands = [APPENDING, "systemctl daemon-reload", "systemctl restart containerd"]
    return {"preKubeadmCommands": commands}


def _resolver(spec: ClusterSpec) -> dict[str, str]:
    dns = spec.cluster.spec.cluster_network.dns
    path = dns.resolv_conf.path if dns and dns.resolv_conf else ""
    return {"resolv-conf": path} if path else {}
