"""The objects of a running vSphere cluster as they stand on a bootstrap cluster.

Shapes of Cluster API v1.11 (v1beta2) and CAPV v1.14 (v1beta1), owners as their controllers set
them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from bedplate.ports.kube import JSON

# Tests change what they build, so these are plain dictionaries.
Object: TypeAlias = dict[str, Any]

CORE = "cluster.x-k8s.io/v1beta2"
KCP = "controlplane.cluster.x-k8s.io/v1beta2"
KUBEADM = "bootstrap.cluster.x-k8s.io/v1beta2"
VSPHERE = "infrastructure.cluster.x-k8s.io/v1beta1"
ADDONS = "addons.cluster.x-k8s.io/v1beta2"
NAMESPACE = "eksa-system"


def crd(
    api_version: str, kind: str, *, scope: str = "Namespaced", labels: dict[str, JSON] | None = None
) -> Object:
    """A provider's definition of a kind, with an older version that is served but not stored."""
    group, _, version = api_version.partition("/")
    named: dict[str, JSON] = {"cluster.x-k8s.io/provider": "some-provider"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.lower()}s.{group}",
            "labels": {**named, **(labels or {})},
        },
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind},
            "versions": [
                {"name": "v1alpha1", "served": True, "storage": False},
                {"name": version, "served": True, "storage": True},
            ],
        },
    }


MOVED: dict[str, JSON] = {"clusterctl.cluster.x-k8s.io/move": ""}
CRDS: tuple[Object, ...] = (
    *(
        crd(CORE, kind)
        for kind in ("Cluster", "Machine", "MachineDeployment", "MachineHealthCheck", "MachineSet")
    ),
    crd(KCP, "KubeadmControlPlane"),
    *(crd(KUBEADM, kind) for kind in ("KubeadmConfig", "KubeadmConfigTemplate")),
    *(
        crd(VSPHERE, kind)
        for kind in ("VSphereCluster", "VSphereMachine", "VSphereMachineTemplate", "VSphereVM")
    ),
    crd(VSPHERE, "VSphereDeploymentZone", scope="Cluster", labels=MOVED),
    crd(VSPHERE, "VSphereFailureDomain", scope="Cluster", labels=MOVED),
    *(crd(ADDONS, kind) for kind in ("ClusterResourceSet", "ClusterResourceSetBinding")),
)


def uid_of(kind: str, name: str) -> str:
    return f"uid-{kind}-{name}"


def thing(
    api_version: str,
    kind: str,
    name: str,
    *owners: Object,
    labels: dict[str, JSON] | None = None,
    finalizers: tuple[str, ...] = (),
    namespace: str = NAMESPACE,
    generation: int = 1,
    **body: JSON,
) -> Object:
    metadata: dict[str, JSON] = {
        "name": name,
        "uid": uid_of(kind, name),
        "resourceVersion": "4711",
        "generation": generation,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "bedplate", "operation": "Apply"}],
    }
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    if owners:
        metadata["ownerReferences"] = [owner_reference(owner) for owner in owners]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def owner_reference(owner: Object) -> dict[str, JSON]:
    metadata = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def paused_condition(status: str, observed: int = 1) -> JSON:
    return {"type": "Paused", "status": status, "observedGeneration": observed}


def _own(name: str) -> dict[str, JSON]:
    return {"cluster.x-k8s.io/cluster-name": name}


def _machine(name: str, machine: str, owner: Object, labels: dict[str, JSON]) -> list[Object]:
    """A Machine and all that hangs from it."""
    found = thing(
        CORE,
        "Machine",
        machine,
        owner,
        labels={**_own(name), **labels},
        finalizers=("machine.cluster.x-k8s.io",),
        spec={
            "clusterName": name,
            "providerID": f"vsphere://{machine}",
            "bootstrap": {"dataSecretName": machine},
            "infrastructureRef": {
                "apiGroup": "infrastructure.cluster.x-k8s.io",
                "kind": "VSphereMachine",
                "name": machine,
            },
        },
        status={
            "phase": "Running",
            "nodeRef": {"name": machine},
            "conditions": [paused_condition("False")],
        },
    )
    config = thing(KUBEADM, "KubeadmConfig", machine, found, labels=_own(name), spec={})
    secret = thing("v1", "Secret", machine, config, labels=_own(name), data={"value": "Y2xvdWQ="})
    vsphere = thing(
        VSPHERE,
        "VSphereMachine",
        machine,
        found,
        labels=_own(name),
        finalizers=("vspheremachine.infrastructure.cluster.x-k8s.io",),
        spec={"providerID": f"vsphere://{machine}"},
    )
    vm = thing(
        VSPHERE,
        "VSphereVM",
        machine,
        vsphere,
        labels=_own(name),
        finalizers=("vspherevm.infrastructure.cluster.x-k8s.io",),
        spec={"biosUUID": f"bios-{machine}"},
        status={
            "ready": True,
            "v1beta2": {"conditions": [paused_condition("False")]},
        },
    )
    return [found, config, secret, vsphere, vm]


def vsphere_cluster(name: str, *, control_planes: int = 1, workers: int = 1) -> list[Object]:
    """Every object of one cluster that runs."""
    cluster = thing(
        CORE,
        "Cluster",
        name,
        labels=_own(name),
        finalizers=("cluster.cluster.x-k8s.io",),
        generation=3,
        spec={
            "controlPlaneRef": {
                "apiGroup": "controlplane.cluster.x-k8s.io",
                "kind": "KubeadmControlPlane",
                "name": name,
            },
            "infrastructureRef": {
                "apiGroup": "infrastructure.cluster.x-k8s.io",
                "kind": "VSphereCluster",
                "name": name,
            },
        },
        status={
            "phase": "Provisioned",
            "initialization": {
                "infrastructureProvisioned": True,
                "controlPlaneInitialized": True,
            },
            "conditions": [paused_condition("False", 3)],
        },
    )
    vsphere = thing(
        VSPHERE,
        "VSphereCluster",
        name,
        cluster,
        labels=_own(name),
        finalizers=("vspherecluster.infrastructure.cluster.x-k8s.io",),
        spec={"identityRef": {"kind": "Secret", "name": f"{name}-vsphere-credentials"}},
    )
    kcp = thing(
        KCP,
        "KubeadmControlPlane",
        name,
        cluster,
        labels=_own(name),
        finalizers=("kubeadm.controlplane.cluster.x-k8s.io",),
        spec={"replicas": control_planes},
        status={"replicas": control_planes},
    )
    deployment = thing(
        CORE,
        "MachineDeployment",
        f"{name}-md-0",
        cluster,
        labels=_own(name),
        spec={
            "clusterName": name,
            "replicas": workers,
            "template": {
                "spec": {
                    "infrastructureRef": {
                        "apiGroup": "infrastructure.cluster.x-k8s.io",
                        "kind": "VSphereMachineTemplate",
                        "name": f"{name}-md-0-1",
                    }
                }
            },
        },
        status={"replicas": workers},
    )
    machine_set = thing(
        CORE, "MachineSet", f"{name}-md-0-x7k2p", deployment, spec={"clusterName": name}
    )
    zone = thing(VSPHERE, "VSphereDeploymentZone", f"{name}-dc-fd1", namespace="", spec={})
    resources = thing(
        ADDONS,
        "ClusterResourceSet",
        f"{name}-cpi",
        labels=_own(name),
        spec={"resources": [{"kind": "ConfigMap", "name": f"{name}-cpi-manifests"}]},
    )
    found = [
        cluster,
        vsphere,
        kcp,
        deployment,
        machine_set,
        zone,
        thing(VSPHERE, "VSphereFailureDomain", f"{name}-dc-fd1", zone, namespace="", spec={}),
        resources,
        thing("v1", "ConfigMap", f"{name}-cpi-manifests", resources, data={"cpi": "…"}),
        thing(ADDONS, "ClusterResourceSetBinding", name, resources, spec={"clusterName": name}),
        thing(
            "v1",
            "Secret",
            f"{name}-vsphere-credentials",
            vsphere,
            labels={"clusterctl.cluster.x-k8s.io/move": "true"},
            data={"username": "dQ=="},
        ),
        thing("v1", "Secret", f"{name}-ca", kcp, data={"tls.crt": "Y2E="}),
        thing("v1", "Secret", f"{name}-user-kubeconfig", data={"value": "a3ViZQ=="}),
        thing(VSPHERE, "VSphereMachineTemplate", f"{name}-control-plane-1", cluster, spec={}),
        # Not yet adopted by its Cluster, but a MachineDeployment names it.
        thing(VSPHERE, "VSphereMachineTemplate", f"{name}-md-0-1", spec={}),
        thing(
            CORE,
            "MachineHealthCheck",
            f"{name}-kcp-unhealthy",
            cluster,
            spec={"clusterName": name},
        ),
    ]
    for number in range(control_planes):
        labels: dict[str, JSON] = {"cluster.x-k8s.io/control-plane": ""}
        found += _machine(name, f"{name}-c{number:04d}", kcp, labels)
    for number in range(workers):
        found += _machine(name, f"{name}-md-0-x7k2p-w{number:04d}", machine_set, {})
    return found


def strangers() -> list[Object]:
    """What stands in the same namespace and belongs to no cluster."""
    return [
        thing("v1", "Secret", "vsphere-credentials", data={"username": "dQ=="}),
        thing("v1", "ConfigMap", "bedplate-bootstrap", data={"cluster": "w01"}),
        thing("v1", "ConfigMap", "kube-root-ca.crt", data={"ca.crt": "…"}),
    ]
