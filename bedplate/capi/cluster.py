"""The Cluster API objects that are the same on every infrastructure. Pure functions of the spec.

Shapes and names follow what EKS Anywhere v0.26 renders (core v1beta2, infrastructure v1beta1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from bedplate.capi import kinds, names
from bedplate.ports.kube import JSON, Kind, Manifest, Ref
from bedplate.spec import ClusterSpec, WorkerNodeGroup


def ref_of(kind: Kind, name: str, namespace: str = names.NAMESPACE) -> Ref:
    """Return the address of an object in the namespace of the Cluster API objects."""
    return Ref(kind, namespace, name)


def build(
    kind: Kind,
    name: str,
    body: dict[str, JSON],
    *,
    namespace: str = names.NAMESPACE,
    labels: dict[str, JSON] | None = None,
) -> Manifest:
    """Return a manifest with its head; the namespace "" makes a cluster-scoped one."""
    metadata: dict[str, JSON] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **body}


def documents(spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return the specification's own EKS Anywhere objects, the Cluster last."""
    found = cast(tuple[Manifest, ...], spec.documents())
    clusters = tuple(d for d in found if d.get("kind") == kinds.ANYWHERE_CLUSTER.kind)
    return (*(d for d in found if d not in clusters), *clusters)


def group_ref(kind: Kind, name: str) -> dict[str, JSON]:
    """Return a v1beta2 reference: group, kind and name."""
    return {"apiGroup": kind.group, "kind": kind.kind, "name": name}


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What a provider contributes: the kinds it uses and what a node needs on it."""

    cluster: Kind
    template: Kind
    node_name: str
    commands: tuple[str, ...]
    users: tuple[tuple[str, str], ...]


def cluster(spec: ClusterSpec, on: Infrastructure) -> Manifest:
    """Return the Cluster."""
    network = spec.cluster.spec.cluster_network
    body: dict[str, JSON] = {
        "clusterNetwork": {
            "pods": {"cidrBlocks": list(network.pods.cidr_blocks)},
            "services": {"cidrBlocks": list(network.services.cidr_blocks)},
        },
        "controlPlaneRef": group_ref(kinds.KUBEADM_CONTROL_PLANE, spec.name),
        "infrastructureRef": group_ref(on.cluster, spec.name),
    }
    if spec.etcd is not None:
        body["managedExternalEtcdRef"] = group_ref(
            kinds.ETCDADM_CLUSTER, names.etcd_cluster(spec.name)
        )
    return build(kinds.CLUSTER, spec.name, {"spec": body}, labels=_labels(spec))


def control_plane(spec: ClusterSpec, on: Infrastructure) -> Manifest:
    """Return the KubeadmControlPlane."""
    configuration: dict[str, JSON] = {}
    if spec.etcd is not None:
        configuration["etcd"] = {"external": {"endpoints": ["https://placeholder:2379"]}}
    if spec.control_plane.cert_sans:
        configuration["apiServer"] = {"certSANs": list(spec.control_plane.cert_sans)}
    kubeadm: dict[str, JSON] = {
        **_node(on),
        "clusterConfiguration": configuration,
        "initConfiguration": {"nodeRegistration": _registration(on)},
        "joinConfiguration": {"nodeRegistration": _registration(on)},
        "files": [_kube_vip(spec.endpoint)],
    }
    template = names.first_template(f"{spec.name}-control-plane")
    body: dict[str, JSON] = {
        "replicas": spec.control_plane.count,
        "version": f"v{spec.kubernetes_version}.0",
        "machineTemplate": {"spec": {"infrastructureRef": group_ref(on.template, template)}},
        "kubeadmConfigSpec": kubeadm,
        "rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}},
    }
    return build(kinds.KUBEADM_CONTROL_PLANE, spec.name, {"spec": body}, labels=_labels(spec))


def etcd(spec: ClusterSpec, on: Infrastructure, replicas: int) -> Manifest:
    """Return the EtcdadmCluster of an external etcd."""
    name = names.etcd_cluster(spec.name)
    body: dict[str, JSON] = {
        "replicas": replicas,
        "etcdadmConfigSpec": {"etcdadmBuiltin": True, "format": "cloud-config", **_node(on)},
        "infrastructureTemplate": {
            "apiVersion": on.template.api_version,
            "kind": on.template.kind,
            "name": names.first_template(name),
        },
    }
    return build(kinds.ETCDADM_CLUSTER, name, {"spec": body}, labels=_labels(spec))


def worker_group(
    spec: ClusterSpec, on: Infrastructure, group: WorkerNodeGroup
) -> tuple[Manifest, ...]:
    """Return a worker group's MachineDeployment, node configuration and health check."""
    name = names.machine_deployment(spec.name, group.name)
    template = names.first_template(name)
    join: dict[str, JSON] = {
        **_node(on),
        "joinConfiguration": {"nodeRegistration": _registration(on)},
    }
    machine: dict[str, JSON] = {
        "clusterName": spec.name,
        "version": f"v{spec.kubernetes_version}.0",
        "bootstrap": {"configRef": group_ref(kinds.KUBEADM_CONFIG_TEMPLATE, template)},
        "infrastructureRef": group_ref(on.template, template),
    }
    deployment: dict[str, JSON] = {
        "clusterName": spec.name,
        "replicas": group.replicas,
        "selector": {"matchLabels": {}},
        "template": {"metadata": {"labels": _labels(spec)}, "spec": machine},
    }
    return (
        build(kinds.KUBEADM_CONFIG_TEMPLATE, template, {"spec": {"template": {"spec": join}}}),
        build(kinds.MACHINE_DEPLOYMENT, name, {"spec": deployment}, labels=_labels(spec)),
        _health_check(spec, f"{name}-worker-unhealthy", {kinds.DEPLOYMENT_NAME_LABEL: name}, "40%"),
    )


def control_plane_health_check(spec: ClusterSpec) -> Manifest:
    """Return the MachineHealthCheck of the control plane, with EKS Anywhere's defaults."""
    return _health_check(
        spec, f"{spec.name}-kcp-unhealthy", {kinds.CONTROL_PLANE_LABEL: ""}, "100%"
    )


def _health_check(
    spec: ClusterSpec, name: str, selector: dict[str, JSON], unhealthy: str
) -> Manifest:
    conditions: list[JSON] = [
        {"type": "Ready", "status": status, "timeoutSeconds": 300}
        for status in ("Unknown", "False")
    ]
    body: dict[str, JSON] = {
        "clusterName": spec.name,
        "selector": {"matchLabels": selector},
        "checks": {"nodeStartupTimeoutSeconds": 600, "unhealthyNodeConditions": conditions},
        "remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": unhealthy}},
    }
    return build(kinds.MACHINE_HEALTH_CHECK, name, {"spec": body})


def _labels(spec: ClusterSpec) -> dict[str, JSON]:
    return {kinds.CLUSTER_NAME_LABEL: spec.name}


def _node(on: Infrastructure) -> dict[str, JSON]:
    users: list[JSON] = [
        {"name": name, "sshAuthorizedKeys": [key], "sudo": "ALL=(ALL) NOPASSWD:ALL"}
        for name, key in on.users
    ]
    return {"users": users, "preKubeadmCommands": list(on.commands)}


def _registration(on: Infrastructure) -> dict[str, JSON]:
    return {
        "criSocket": "/var/run/containerd/containerd.sock",
        "name": on.node_name,
        "kubeletExtraArgs": [{"name": "cloud-provider", "value": "external"}],
    }


def _kube_vip(endpoint: str) -> dict[str, JSON]:
    """The static pod that holds the control plane's address (ARP, leases as EKS Anywhere)."""
    settings = {
        "vip_arp": "true",
        "port": "6443",
        "vip_cidr": "32",
        "cp_enable": "true",
        "cp_namespace": "kube-system",
        "vip_leaderelection": "true",
        "vip_leaseduration": "15",
        "vip_renewdeadline": "10",
        "vip_retryperiod": "2",
        "address": endpoint,
    }
    environment = "".join(
        f'    - {{name: {key}, value: "{value}"}}\n' for key, value in settings.items()
    )
    content = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-vip, namespace: kube-system}\n"
        "spec:\n  hostNetwork: true\n  containers:\n  - name: kube-vip\n    args: [manager]\n"
        "    image: public.ecr.aws/l0g8r8j6/kube-vip/kube-vip:v0.8.0\n"
        f"    env:\n{environment}"
        "    securityContext: {capabilities: {add: [NET_ADMIN, NET_RAW]}}\n"
        "    volumeMounts: [{mountPath: /etc/kubernetes/admin.conf, name: kubeconfig}]\n"
        "  volumes: [{name: kubeconfig, hostPath: {path: /etc/kubernetes/admin.conf}}]\n"
    )
    return {
        "path": "/etc/kubernetes/manifests/kube-vip.yaml",
        "owner": "root:root",
        "content": content,
    }
