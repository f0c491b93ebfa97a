"""What the vSphere cloud provider consists of inside the cluster."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.capi import kinds
from bedplate.capi.cluster import build
from bedplate.capi.rendering import nodes
from bedplate.capi.rendering.files import Fields, to_yaml
from bedplate.ports.kube import JSON, Kind, Manifest
from bedplate.spec import Taint
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterSettings

NAMESPACE = "kube-system"
ACCOUNT = "cloud-controller-manager"
CREDENTIALS = "cloud-provider-vsphere-credentials"
CONFIGURATION = "vsphere-cloud-config"
DAEMON_SET = "vsphere-cloud-controller-manager"
ROLE = "system:cloud-controller-manager"

RBAC = "rbac.authorization.k8s.io"
CLUSTER_ROLE = Kind(f"{RBAC}/v1", "ClusterRole")
CLUSTER_ROLE_BINDING = Kind(f"{RBAC}/v1", "ClusterRoleBinding")
ROLE_BINDING = Kind(f"{RBAC}/v1", "RoleBinding")
SERVICE = Kind("v1", "Service")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount")

# API group, resource, and what the cloud provider may do with it.
RULES = (
    ("", "events", "create patch update"),
    ("", "nodes", "*"),
    ("", "nodes/status", "patch"),
    ("", "services", "list patch update watch"),
    ("", "serviceaccounts", "create get list watch update"),
    ("", "persistentvolumes", "get list watch update"),
    ("", "endpoints", "create get list watch update"),
    ("", "secrets", "get list watch"),
    ("coordination.k8s.io", "leases", "get watch list delete update create"),
)

# The taints of a node that has just joined: the cloud provider runs there before anything else.
TOLERATED: tuple[Fields, ...] = (
    {
        "effect": "NoSchedule",
        "key": "node.cloudprovider.kubernetes.io/uninitialized",
        "value": "true",
    },
    {"effect": "NoSchedule", "key": "node-role.kubernetes.io/master"},
    {"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"},
    {"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"},
)

SUBJECTS: list[JSON] = [
    {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE},
    {"kind": "User", "name": ACCOUNT},
]


def service_account() -> Manifest:
    """Return the account that the cloud provider runs as."""
    return build(SERVICE_ACCOUNT, ACCOUNT, {}, namespace=NAMESPACE)


def roles() -> tuple[Manifest, ...]:
    """Return the cloud provider's ClusterRole and who has it."""
    rules: list[JSON] = [
        {"apiGroups": [group], "resources": [resource], "verbs": verbs.split()}
        for group, resource, verbs in RULES
    ]
    bound: Fields = {
        "roleRef": {"apiGroup": RBAC, "kind": CLUSTER_ROLE.kind, "name": ROLE},
        "subjects": SUBJECTS,
    }
    return (
        build(CLUSTER_ROLE, ROLE, {"rules": rules}, namespace=""),
        build(CLUSTER_ROLE_BINDING, ROLE, bound, namespace=""),
    )


def configuration(datacenter: VSphereDatacenterSettings) -> Manifest:
    """Return the ConfigMap of vsphere.conf, where the vCenter is and whose login to use."""
    secret: Fields = {"secretName": CREDENTIALS, "secretNamespace": NAMESPACE}
    settings: Fields = {
        "global": {
            **secret,
            "thumbprint": datacenter.thumbprint,
            "insecureFlag": datacenter.insecure,
        },
        "vcenter": {
            datacenter.server: {
                "datacenters": [datacenter.datacenter],
                **secret,
                "server": datacenter.server,
                "thumbprint": datacenter.thumbprint,
            }
        },
    }
    data: Fields = {"vsphere.conf": to_yaml(settings)}
    return build(kinds.CONFIG_MAP, CONFIGURATION, {"data": data}, namespace=NAMESPACE)


def authentication_reader() -> Manifest:
    """Return the binding that lets the cloud provider check who calls it."""
    reader = "extension-apiserver-authentication-reader"
    body: Fields = {
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": reader},
        "subjects": SUBJECTS,
    }
    name = "servicecatalog.k8s.io:apiserver-authentication-reader"
    return build(ROLE_BINDING, name, body, namespace=NAMESPACE)


def service() -> Manifest:
    """Return the Service in front of the cloud provider."""
    labels: Fields = {"component": ACCOUNT}
    spec: Fields = {
        "ports": [{"port": 443, "protocol": "TCP", "targetPort": 43001}],
        "selector": labels,
        "type": "NodePort",
    }
    return build(SERVICE, ACCOUNT, {"spec": spec}, namespace=NAMESPACE, labels=labels)


def daemon_set(image: str, taints: Iterable[Taint]) -> Manifest:
    """Return the DaemonSet; `taints` are those that the control plane's nodes have by choice."""
    labels: Fields = {"k8s-app": DAEMON_SET}
    volume = "vsphere-config-volume"
    container: Fields = {
        "args": ["--v=2", "--cloud-provider=vsphere", "--cloud-config=/etc/cloud/vsphere.conf"],
        "image": image,
        "name": DAEMON_SET,
        "resources": {"requests": {"cpu": "200m"}},
        "volumeMounts": [{"mountPath": "/etc/cloud", "name": volume, "readOnly": True}],
    }
    pod: Fields = {
        "containers": [container],
        "hostNetwork": True,
        "serviceAccountName": ACCOUNT,
        "tolerations": [*TOLERATED, *map(nodes.taint_fields, taints)],
        "volumes": [{"configMap": {"name": CONFIGURATION}, "name": volume}],
    }
    spec: Fields = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
        "updateStrategy": {"type": "RollingUpdate"},
    }
    return build(kinds.DAEMON_SET, DAEMON_SET, {"spec": spec}, namespace=NAMESPACE, labels=labels)
