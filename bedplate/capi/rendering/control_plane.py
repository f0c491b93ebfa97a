"""The parts of a KubeadmControlPlane that depend on the specification, not the infrastructure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.bundles import Image
from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import group_ref
from bedplate.capi.external_etcd import SKIP_PAUSE
from bedplate.capi.rendering import arguments, encryption, identity, policies
from bedplate.capi.rendering.bottlerocket import KUBEADM
from bedplate.capi.rendering.files import Fields
from bedplate.capi.rendering.versions import minor_of
from bedplate.ports.kube import JSON, Kind
from bedplate.spec import ClusterSpec
from bedplate.spec.models.common import RolloutType

UNKNOWN_ETCD = "https://placeholder:2379"
"""Stands for external etcd's endpoints until its machines are there and Cluster API knows them."""

ETCD_LEARNERS_FAIL = range(29, 33)
"""The minor versions in which joining etcd as a learner is turned off."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an operating system keeps what elsewhere is in /etc/kubernetes."""

    folder: str
    etcd_authority: str
    etcd_certificate: str
    etcd_key: str

    @property
    def admin_conf(self) -> str:
        """The administrator's kubeconfig."""
        return f"{self.folder}/admin.conf"


CLOUD_INIT = Layout(
    folder="/etc/kubernetes",
    etcd_authority="/etc/kubernetes/pki/etcd/ca.crt",
    etcd_certificate="/etc/kubernetes/pki/apiserver-etcd-client.crt",
    etcd_key="/etc/kubernetes/pki/apiserver-etcd-client.key",
)
BOTTLEROCKET = Layout(
    folder=KUBEADM,
    etcd_authority=f"{KUBEADM}/pki/etcd/ca.crt",
    etcd_certificate=f"{KUBEADM}/pki/server-etcd-client.crt",
    etcd_key=f"{KUBEADM}/pki/apiserver-etcd-client.key",
)


def cluster_spec(spec: ClusterSpec, infrastructure: Kind) -> Fields:
    """Return the `spec` of a Cluster."""
    network = spec.cluster.spec.cluster_network
    etcd: Fields = {}
    if spec.etcd is not None:
        owner = names.etcd_cluster(spec.name)
        etcd = {"managedExternalEtcdRef": group_ref(kinds.ETCDADM_CLUSTER, owner)}
    return {
        "clusterNetwork": {
            "pods": {"cidrBlocks": list(network.pods.cidr_blocks)},
            "services": {"cidrBlocks": list(network.services.cidr_blocks)},
        },
        "controlPlaneRef": group_ref(kinds.KUBEADM_CONTROL_PLANE, spec.name),
        "infrastructureRef": group_ref(infrastructure, spec.name),
        **etcd,
    }


def cluster_configuration(blueprint: Blueprint, layout: Layout) -> Fields:
    """Return feature gates, repositories, DNS and etcd of kubeadm's cluster configuration."""
    distro = blueprint.versions.distro
    gated = minor_of(distro.kubernetes.tag) in ETCD_LEARNERS_FAIL
    gates: Fields = {"featureGates": {"EtcdLearnerMode": False}} if gated else {}
    return {
        **gates,
        "imageRepository": distro.kubernetes.repository,
        "etcd": etcd(blueprint, layout),
        "dns": component(distro.coredns),
    }


def etcd(blueprint: Blueprint, layout: Layout) -> Fields:
    """Return etcd of the control plane itself, or how external etcd is reached."""
    if blueprint.spec.etcd is None:
        local = component(blueprint.versions.distro.etcd)
        return {"local": {**local, "extraArgs": arguments.stacked_etcd()}}
    external: Fields = {
        "endpoints": list(blueprint.etcd_endpoints) or [UNKNOWN_ETCD],
        "caFile": layout.etcd_authority,
        "certFile": layout.etcd_certificate,
        "keyFile": layout.etcd_key,
    }
    return {"external": external}


def component(image: Image) -> Fields:
    """Return an image as kubeadm wants it: without its own name, which kubeadm puts behind."""
    return {"imageRepository": image.repository.rpartition("/")[0], "imageTag": image.tag}


def api_server(
    blueprint: Blueprint, layout: Layout, *, external_cloud: bool, names: Sequence[str] = ()
) -> Fields:
    """Return the API server; its certificate holds `names` and those of the specification."""
    spec = blueprint.spec
    minor = minor_of(blueprint.versions.distro.kubernetes.tag)
    certified = [*names, *spec.control_plane.cert_sans]
    variable: Fields = {
        "name": policies.EXCLUSIONS_VARIABLE,
        "value": policies.ADMISSION_EXCLUSIONS,
    }
    skipping: Fields = {"extraEnvs": [variable]} if policies.skips_admission(spec) else {}
    return {
        **({"certSANs": list[JSON](certified)} if certified else {}),
        **skipping,
        "extraArgs": arguments.api_server(spec, minor, external_cloud=external_cloud),
        "extraVolumes": volumes(spec, layout),
    }


def volumes(spec: ClusterSpec, layout: Layout) -> list[JSON]:
    """Return what the API server mounts from its node."""
    skipping = policies.skips_admission(spec)
    rules = (policies.ADMISSION_EXCLUSIONS, "admission-exclusion-rules")
    return [
        read_only(layout, policies.AUDIT_POLICY, "audit-policy"),
        {
            "hostPath": "/var/log/kubernetes",
            "mountPath": "/var/log/kubernetes",
            "name": "audit-log-dir",
            "pathType": "DirectoryOrCreate",
            "readOnly": False,
        },
        *([read_only(layout, *rules)] if skipping else []),
        *identity.aws_iam_volumes(spec),
        *encryption.volumes(spec),
    ]


def read_only(layout: Layout, path: str, name: str) -> Fields:
    """Return the volume of one file of /etc/kubernetes, wherever the system keeps that."""
    on_node = path.replace(CLOUD_INIT.folder, layout.folder, 1)
    return {
        "hostPath": on_node,
        "mountPath": path,
        "name": name,
        "pathType": "File",
        "readOnly": True,
    }


def marks(spec: ClusterSpec) -> Fields:
    """Return the annotations of a control plane: who has it wait for external etcd, we say."""
    return {} if spec.etcd is None else {SKIP_PAUSE: "true"}


def machine_template(blueprint: Blueprint, template: Kind) -> Fields:
    """Return what the machines of a control plane are made from."""
    return {
        "metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}},
        "spec": {"infrastructureRef": group_ref(template, blueprint.templates.control_plane)},
    }


def rollout(spec: ClusterSpec) -> Fields:
    """Return how the machines of a control plane are replaced."""
    strategy = spec.control_plane.upgrade_rollout_strategy
    if strategy is not None and strategy.type is RolloutType.IN_PLACE:
        return {"strategy": {"type": strategy.type.value}}
    update = strategy.rolling_update if strategy else None
    surge = 1 if update is None else update.max_surge
    rolling = RolloutType.ROLLING_UPDATE.value
    return {"strategy": {"type": rolling, "rollingUpdate": {"maxSurge": surge}}}
