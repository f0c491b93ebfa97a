"""The KubeadmControlPlane on Docker."""

from __future__ import annotations

from bedplate.capi import kinds
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build, group_ref
from bedplate.capi.rendering import arguments, encryption, identity, kubelet, mirror, policies
from bedplate.capi.rendering.control_plane import marks
from bedplate.capi.rendering.files import Fields
from bedplate.capi.rendering.nodes import taint_fields
from bedplate.capi.rendering.versions import minor_of
from bedplate.ports.kube import JSON, Manifest
from bedplate.providers.docker.rendering.etcd import etcd_of
from bedplate.providers.docker.rendering.machines import (
    CRI_SOCKET,
    DOCKER_MACHINE_TEMPLATE,
    kubelet_arguments,
    registry_commands,
)
from bedplate.spec import ClusterSpec

ALWAYS_NAMED = ("localhost", "127.0.0.1")
"""Users on the machine come through a port that Docker opens there."""

USUAL_SURGE = 1
ROLE_LABEL: Fields = {"node-role.kubernetes.io/control-plane": ""}


def control_plane(blueprint: Blueprint) -> Manifest:
    """Return the KubeadmControlPlane."""
    spec = blueprint.spec
    template = group_ref(DOCKER_MACHINE_TEMPLATE, blueprint.templates.control_plane)
    body: Fields = {
        "machineTemplate": {
            "metadata": {"labels": ROLE_LABEL},
            "spec": {"infrastructureRef": template},
        },
        "kubeadmConfigSpec": {
            "clusterConfiguration": _cluster_configuration(blueprint),
            "files": _files(blueprint),
            "initConfiguration": _node(spec),
            "joinConfiguration": _node(spec),
            **registry_commands(spec),
        },
        "replicas": spec.control_plane.count,
        "rollout": _rollout(spec),
        "version": blueprint.versions.distro.kubernetes.tag,
    }
    return build(kinds.KUBEADM_CONTROL_PLANE, spec.name, {"spec": body}, annotations=marks(spec))


def _cluster_configuration(blueprint: Blueprint) -> Fields:
    distro = blueprint.versions.distro
    own = {"enable-hostpath-provisioner": "true"}
    manager = arguments.controller_manager(blueprint.spec, own)
    return {
        "imageRepository": distro.kubernetes.repository,
        "etcd": etcd_of(blueprint),
        "dns": {
            "imageRepository": distro.coredns.repository.rpartition("/")[0],
            "imageTag": distro.coredns.tag,
        },
        "apiServer": _api_server(blueprint.spec),
        "controllerManager": {"extraArgs": manager},
        "scheduler": {"extraArgs": arguments.scheduler()},
    }


def _api_server(spec: ClusterSpec) -> Fields:
    minor = minor_of(spec.kubernetes_version)
    volumes = _audit_volumes()
    server: Fields = {
        "certSANs": [*ALWAYS_NAMED, *spec.control_plane.cert_sans],
        "extraArgs": arguments.api_server(spec, minor, external_cloud=False),
    }
    if policies.skips_admission(spec):
        path = policies.ADMISSION_EXCLUSIONS
        server["extraEnvs"] = [{"name": policies.EXCLUSIONS_VARIABLE, "value": path}]
        volumes.append(_mounted_file(path, "admission-exclusion-rules"))
    volumes += [*identity.aws_iam_volumes(spec), *encryption.volumes(spec)]
    return {**server, "extraVolumes": volumes}


def _audit_volumes() -> list[JSON]:
    logs: Fields = {
        "hostPath": "/var/log/kubernetes",
        "mountPath": "/var/log/kubernetes",
        "name": "audit-log-dir",
        "pathType": "DirectoryOrCreate",
        "readOnly": False,
    }
    return [_mounted_file(policies.AUDIT_POLICY, "audit-policy"), logs]


def _mounted_file(path: str, name: str) -> Fields:
    """A file of the node at the same place in the API server's container."""
    place: Fields = {"hostPath": path, "mountPath": path, "name": name}
    return {**place, "pathType": "File", "readOnly": True}


def _files(blueprint: Blueprint) -> list[JSON]:
    spec = blueprint.spec
    return [
        *kubelet.patch_files(spec, spec.control_plane.kubelet_configuration),
        *policies.admission_files(spec),
        policies.audit_policy_file(spec),
        *mirror.containerd_files(spec, blueprint.secrets.registry),
        *identity.aws_iam_files(spec),
        *encryption.files(spec),
    ]


def _node(spec: ClusterSpec) -> Fields:
    configuration = spec.control_plane.kubelet_configuration
    registration: Fields = {
        "criSocket": CRI_SOCKET,
        "kubeletExtraArgs": kubelet_arguments(
            spec, spec.kubernetes_version, spec.control_plane.labels, configuration
        ),
        **_taints(spec),
    }
    return {**kubelet.patches(configuration), "nodeRegistration": registration}


def _taints(spec: ClusterSpec) -> Fields:
    """Without workers the control plane must run everything; else kubeadm knows the usual taint."""
    if not spec.workers:
        return {"taints": []}
    chosen = [taint_fields(taint) for taint in spec.control_plane.taints or ()]
    return {"taints": chosen} if chosen else {}


def _rollout(spec: ClusterSpec) -> Fields:
    chosen = spec.control_plane.upgrade_rollout_strategy
    rolling = chosen.rolling_update if chosen else None
    surge = rolling.max_surge if rolling else USUAL_SURGE
    return {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge}}}
