"""The configuration of the bootstrap cluster: KinD's own, with what EKS Anywhere puts there."""

from __future__ import annotations

from bedplate.bundles import ChosenBundle
from bedplate.capi.blueprint import Login
from bedplate.capi.rendering.control_plane import component
from bedplate.capi.rendering.files import Fields, to_yaml
from bedplate.capi.rendering.mirror import APPENDED, HOSTS, PLUGIN, containerd_files, mirror_map
from bedplate.capi.rendering.versions import minor_of
from bedplate.ports.kube import JSON, Manifest
from bedplate.spec import ClusterSpec

ASKS_FOR_CGROUP_V2 = 31
"""From this minor version on the kubelet knows the setting that lets it start on version 1."""


def kind_config(spec: ClusterSpec, bundle: ChosenBundle) -> Manifest:
    """Return KinD's configuration: one node of EKS Distro, in the cluster's own network ranges."""
    mirror = mirror_map(spec)
    image = bundle[spec.kubernetes_version].bundle.eks_d.kind_node.uri
    node: Fields = {"role": "control-plane"}
    if image:
        node["image"] = mirror.mirrored(image) if mirror is not None else image
    config: Fields = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": networking(spec),
        "kubeadmConfigPatches": _kubeadm(spec, bundle),
        "nodes": [node],
    }
    if mirror is not None:
        config["containerdConfigPatches"] = [f'[{PLUGIN}]\n  config_path = "{HOSTS}"\n']
    return config


def networking(spec: ClusterSpec) -> Fields:
    """Return the network ranges, which are those of the cluster to be made."""
    network = spec.cluster.spec.cluster_network
    return {
        "podSubnet": network.pods.cidr_blocks[0],
        "serviceSubnet": network.services.cidr_blocks[0],
    }


def node_files(spec: ClusterSpec, login: Login) -> dict[str, str]:
    """Return the files that the node's containerd reads about a mirror, by their paths.

    They may hold the mirror's password.
    """
    files = containerd_files(spec, login)
    return {str(one["path"]): str(one["content"]) for one in files if one["path"] != APPENDED}


def _kubeadm(spec: ClusterSpec, bundle: ChosenBundle) -> list[JSON]:
    """Return patches of kubeadm's configuration, each one a YAML text."""
    distro = bundle[spec.kubernetes_version].distro
    cluster: Fields = {
        "kind": "ClusterConfiguration",
        "dns": component(distro.coredns),
        "etcd": {"local": component(distro.etcd)},
        "imageRepository": distro.kubernetes.repository,
    }
    patches: list[JSON] = [to_yaml(cluster)]
    if minor_of(spec.kubernetes_version) >= ASKS_FOR_CGROUP_V2:
        kubelet: Fields = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "failCgroupV1": False,
        }
        patches.append(to_yaml(kubelet))
    return patches
