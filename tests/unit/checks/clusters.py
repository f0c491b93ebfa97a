"""A cluster in good health, as objects on an API server; a test makes one of them ill."""

from __future__ import annotations

from typing import Any

from bedplate.ports.components import Component
from bedplate.ports.kube import Kube, Side
from bedplate.spec import ClusterSpec
from tests.unit.checks.place import ANYWHERE, Place, put, thing

CORE = "cluster.x-k8s.io/v1beta2"
PLANE = "controlplane.cluster.x-k8s.io/v1beta2"
ETCD = "etcdcluster.cluster.x-k8s.io/v1beta1"
BELONGS = {"cluster.x-k8s.io/cluster-name": "w01"}
DEFINED = (
    Component.CLUSTER_API,
    Component.KUBEADM_CONTROL_PLANE,
    Component.ETCDADM_CONTROLLER,
    Component.EKS_ANYWHERE,
)


def true(kind: str) -> dict[str, str]:
    return {"type": kind, "status": "True", "reason": "Fine", "message": ""}


def counted(replicas: int, *conditions: str) -> dict[str, Any]:
    return {
        "observedGeneration": 1,
        "replicas": replicas,
        "readyReplicas": replicas,
        "availableReplicas": replicas,
        "upToDateReplicas": replicas,
        "conditions": [true(condition) for condition in conditions],
    }


CLUSTER = thing(CORE, "Cluster", "w01", spec={"paused": False})
CONTROL_PLANE = thing(
    PLANE, "KubeadmControlPlane", "w01", spec={"replicas": 2}, status=counted(2, "Available")
)
ETCD_CLUSTER = thing(
    ETCD,
    "EtcdadmCluster",
    "w01-etcd",
    spec={"replicas": 3},
    status={"ready": True, "readyReplicas": 3},
)
WORKERS = thing(
    CORE, "MachineDeployment", "w01-md-0", labels=BELONGS, spec={"replicas": 2}, status=counted(2)
)
MACHINE = thing(
    CORE,
    "Machine",
    "w01-abcde",
    labels=BELONGS,
    spec={"clusterName": "w01"},
    status={"phase": "Running"},
)
NODE = thing("v1", "Node", "w01-abcde", namespace="", status={"conditions": [true("Ready")]})
CONTROLLER = thing(
    "apps/v1",
    "Deployment",
    "eksa-controller-manager",
    spec={"replicas": 1},
    status={"replicas": 1, "readyReplicas": 1},
)
RELEASE = thing(ANYWHERE, "EKSARelease", "eksa-v0-26-0", spec={"version": "v0.26.0"})

HEALTHY = (
    CLUSTER,
    CONTROL_PLANE,
    ETCD_CLUSTER,
    WORKERS,
    MACHINE,
    NODE,
    CONTROLLER,
    RELEASE,
)


def eksa_cluster(name: str, manager: str = "", **spec: Any) -> dict[str, Any]:
    """Return EKS Anywhere's own Cluster object."""
    body = {"managementCluster": {"name": manager or name}, **spec}
    return thing(ANYWHERE, "Cluster", name, namespace="default", spec=body)


OWN = eksa_cluster("w01", eksaVersion="v0.26.0")


def healthy(place: Place, spec: ClusterSpec, side: Side) -> Kube:
    """Let an API server hold a cluster in good health, and its nodes too."""
    kube: Kube = place.api_server(spec, side, *DEFINED)
    for manifest in (*HEALTHY, OWN):
        put(kube, manifest)
    return kube
