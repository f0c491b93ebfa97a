"""Which kinds an API server serves: those built in, and those that definitions bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import Kind
from bedplate.simulation.store import Tx

CRD_GROUP = "apiextensions.k8s.io"
CRD = "CustomResourceDefinition"


@dataclass(frozen=True, slots=True)
class Served:
    """How a kind is served: in namespaces or not, with a status of its own or not."""

    namespaced: bool
    status: bool = False
    versions: tuple[str, ...] = ("v1",)


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

BUILT_IN: Mapping[tuple[str, str], Served] = {
    ("", "Namespace"): Served(False, True),
    ("", "Node"): Served(False, True),
    ("", "PersistentVolume"): Served(False, True),
    ("", "PersistentVolumeClaim"): Served(True, True),
    ("", "Pod"): Served(True, True),
    ("", "Service"): Served(True, True),
    ("", "ServiceAccount"): Served(True),
    ("", "Secret"): Served(True),
    ("", "ConfigMap"): Served(True),
    ("", "Event"): Served(True),
    ("apps", "Deployment"): Served(True, True),
    ("apps", "DaemonSet"): Served(True, True),
    ("apps", "StatefulSet"): Served(True, True),
    ("batch", "Job"): Served(True, True),
    ("batch", "CronJob"): Served(True, True),
    ("coordination.k8s.io", "Lease"): Served(True),
    ("networking.k8s.io", "NetworkPolicy"): Served(True),
    ("policy", "PodDisruptionBudget"): Served(True, True),
    ("scheduling.k8s.io", "PriorityClass"): Served(False),
    ("storage.k8s.io", "StorageClass"): Served(False),
    ("storage.k8s.io", "CSIDriver"): Served(False),
    (_RBAC, "Role"): Served(True),
    (_RBAC, "RoleBinding"): Served(True),
    (_RBAC, "ClusterRole"): Served(False),
    (_RBAC, "ClusterRoleBinding"): Served(False),
    (_ADMISSION, "MutatingWebhookConfiguration"): Served(False),
    (_ADMISSION, "ValidatingWebhookConfiguration"): Served(False),
    ("apiregistration.k8s.io", "APIService"): Served(False, True),
    (CRD_GROUP, CRD): Served(False, True),
}

# Kinds without metadata.generation.
UNCOUNTED = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("", "PersistentVolumeClaim"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("", "Secret"),
        ("", "ConfigMap"),
        ("", "Event"),
        (_RBAC, "Role"),
        (_RBAC, "RoleBinding"),
        (_RBAC, "ClusterRole"),
        (_RBAC, "ClusterRoleBinding"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("apiregistration.k8s.io", "APIService"),
        ("coordination.k8s.io", "Lease"),
    }
)

# Kinds that hold other objects, and the finalizer that keeps them until those are gone. (That of a
# Namespace is really in its spec.)
HOLDERS: Mapping[tuple[str, str], str] = {
    ("", "Namespace"): "kubernetes",
    (CRD_GROUP, CRD): "customresourcecleanup.apiextensions.k8s.io",
}

# Fields that an API server or a provider's webhook refuses to see changed.
IMMUTABLE: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("storage.k8s.io", "StorageClass"): (("provisioner",), ("parameters",), ("reclaimPolicy",)),
    ("apps", "Deployment"): (("spec", "selector"),),
    ("apps", "DaemonSet"): (("spec", "selector"),),
    ("infrastructure.cluster.x-k8s.io", "VSphereMachineTemplate"): (("spec", "template", "spec"),),
}


def serve(tx: Tx, api: str, kind: Kind) -> Served:
    """Return how an API server serves a kind; raises PermanentError API_UNKNOWN_KIND."""
    served = BUILT_IN.get((kind.group, kind.kind)) or _defined(tx, api, kind)
    version = kind.api_version.rpartition("/")[2]
    if served is None or version not in served.versions:
        raise PermanentError(
            "API_UNKNOWN_KIND",
            f'no matches for kind "{kind.kind}" in version "{kind.api_version}"',
            why="the API server has no definition of this kind and version",
            remedy="install the component that brings its CustomResourceDefinition, then resume",
            owner=Owner.PLATFORM,
        )
    return served


def known(tx: Tx, api: str, kind: Kind) -> bool:
    """Say whether an API server has any version of a kind."""
    return (kind.group, kind.kind) in BUILT_IN or _defined(tx, api, kind) is not None


def _defined(tx: Tx, api: str, kind: Kind) -> Served | None:
    row = tx.one(
        "SELECT namespaced, status, versions FROM definitions"
        " WHERE api = ? AND grp = ? AND kind = ?",
        api,
        kind.group,
        kind.kind,
    )
    return None if row is None else Served(bool(row[0]), bool(row[1]), tuple(row[2].split()))


def define(tx: Tx, api: str, crd: Mapping[str, Any]) -> None:
    """Serve the kind that a definition describes."""
    spec = crd["spec"]
    served = [version for version in spec["versions"] if version.get("served", True)]
    tx.run(
        "INSERT OR REPLACE INTO definitions VALUES (?, ?, ?, ?, ?, ?, ?)",
        api,
        spec["group"],
        spec["names"]["kind"],
        spec.get("scope") == "Namespaced",
        any("status" in version.get("subresources", {}) for version in served),
        " ".join(version["name"] for version in served),
        crd["metadata"]["name"],
    )


def undefine(tx: Tx, api: str, crd: Mapping[str, Any]) -> None:
    """Serve the kind of a definition no longer."""
    tx.run("DELETE FROM definitions WHERE api = ? AND crd = ?", api, crd["metadata"]["name"])
