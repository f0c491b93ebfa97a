"""Two real API servers that know Cluster API's kinds, and a cluster's objects on the first of them.

No controllers run: what they would say of a Cluster's pause is written here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes import LiveKube
from bedplate.adapters.kubernetes.connection import Request
from bedplate.adapters.kubernetes.discovery import Resource
from bedplate.adapters.kubernetes.kube import MERGE_PATCH
from bedplate.adapters.kubernetes.server import Server
from bedplate.capi import kinds, names, objects
from bedplate.capi.commit import REF as COMMIT
from bedplate.capi.discover import movable_kinds
from bedplate.capi.pause import REPORTS
from bedplate.ports.kube import JSON, Kind, Manifest, Ref
from lab.apiserver import ApiServer, programs, running
from lab.artifacts import Manifests

SPEC = Path(__file__).parent.parent / "examples/vsphere-standalone.yaml"
CRD = kinds.CRD
INFRASTRUCTURE = Kind("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereCluster")
TEMPLATE = Kind("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfigTemplate")
PROVIDER = Kind("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider")


@dataclass(frozen=True)
class Sides:
    """Two API servers that know Cluster API's kinds; the first holds a cluster's objects."""

    source: ApiServer
    target: ApiServer
    folder: Path

    def kubes(self) -> tuple[LiveKube, LiveKube]:
        """Return both through the adapter."""
        return LiveKube(lambda: self.source.kubeconfig), LiveKube(lambda: self.target.kubeconfig)


@contextmanager
def sides(made: Manifests, cluster: str, count: int) -> Iterator[Sides]:
    """Run both servers, and put objects on the first."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        first, second = (stack.enter_context(running(programs())) for _ in range(2))
        found = Sides(first, second, folder)
        source, target = found.kubes()
        for kube in (source, target):
            _prepare(kube, made)
        fill(found.source, source, cluster, count)
        for kube in (source, target):
            _list_everything(kube)
        source.close()
        target.close()
        yield found


def _prepare(kube: LiveKube, made: Manifests) -> None:
    """Install the definitions, without webhooks, and clusterctl's inventory of providers."""
    texts = [one.components.text for one in made.providers]
    for definition in _definitions(texts):
        kube.apply(Ref(CRD, "", objects.name(definition)), definition)
    kube.apply(Ref(CRD, "", "providers.clusterctl.cluster.x-k8s.io"), _INVENTORY)
    while not _all_served(kube):
        SystemClock().sleep(0.1)
    for name in (names.NAMESPACE, "capi-system"):
        _put(kube, kinds.NAMESPACE, "", name, {})
    for one in made.providers:
        component = one.components
        kind, _, name = component.component.rpartition("-")
        body = {
            "providerName": "cluster-api" if name == "api" else name,
            "type": _TYPES[kind],
            "version": component.version,
            "watchedNamespace": "",
        }
        labels: Manifest = {
            "clusterctl.cluster.x-k8s.io": "",
            "cluster.x-k8s.io/provider": component.component,
        }
        _put(kube, PROVIDER, "capi-system", component.component, body, labels=labels)


_TYPES = {
    "cluster": "CoreProvider",
    "bootstrap": "BootstrapProvider",
    "control-plane": "ControlPlaneProvider",
    "infrastructure": "InfrastructureProvider",
}
_ANY: Manifest = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_INVENTORY: Manifest = {
    "apiVersion": CRD.api_version,
    "kind": CRD.kind,
    "metadata": {
        "name": "providers.clusterctl.cluster.x-k8s.io",
        "labels": {"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": ""},
    },
    "spec": {
        "group": "clusterctl.cluster.x-k8s.io",
        "names": {"kind": "Provider", "plural": "providers", "singular": "provider"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1alpha3",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _ANY},
            }
        ],
    },
}


def _list_everything(kube: LiveKube) -> None:
    """List each kind once, as controllers have long done where a cluster is moved.

    The first list of a kind takes an API server a second; it is not the move that should wait.
    """
    found = movable_kinds(kube)
    with ThreadPoolExecutor(len(found)) as pool:
        list(pool.map(lambda one: kube.list(one.kind), found))


def _all_served(kube: LiveKube) -> bool:
    found = [objects.condition(one, "Established") for one in kube.list(CRD)]
    return all(one is not None and one.true for one in found)


def _definitions(texts: Sequence[str]) -> Iterator[Manifest]:
    for text in texts:
        for found in yaml.load_all(text, Loader=yaml.CSafeLoader):
            if found and found["kind"] == CRD.kind:
                found["spec"].pop("conversion", None)
                found["metadata"].setdefault("labels", {})["clusterctl.cluster.x-k8s.io"] = ""
                found["metadata"].pop("annotations", None)
                found.pop("status", None)
                yield found


def _put(
    kube: LiveKube,
    kind: Kind,
    namespace: str,
    name: str,
    spec: Manifest,
    *,
    labels: Manifest | None = None,
    owner: Manifest | None = None,
) -> Manifest:
    metadata: dict[str, JSON] = {"name": name, "labels": dict(labels or {})}
    if namespace:
        metadata["namespace"] = namespace
    if owner is not None:
        metadata["ownerReferences"] = [
            {
                "apiVersion": kinds.CLUSTER.api_version,
                "kind": kinds.CLUSTER.kind,
                "name": objects.name(owner),
                "uid": objects.uid(owner),
            }
        ]
    body: dict[str, JSON] = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": metadata,
    }
    if kind == PROVIDER or kind == kinds.SECRET:
        body.update(spec)
    elif spec:
        body["spec"] = spec
    return kube.apply(Ref(kind, namespace, name), body)


def fill(server: ApiServer, kube: LiveKube, cluster: str, count: int) -> None:
    """Put a cluster of so many objects on a server."""
    space = names.NAMESPACE
    spec: Manifest = {
        "controlPlaneEndpoint": {"host": "198.18.200.10", "port": 6443},
        "infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io",
            "kind": INFRASTRUCTURE.kind,
            "name": cluster,
        },
    }
    owner = _put(kube, kinds.CLUSTER, space, cluster, spec)
    labels: Manifest = {kinds.CLUSTER_NAME_LABEL: cluster}
    _put(
        kube,
        INFRASTRUCTURE,
        space,
        cluster,
        {"server": "198.18.0.1", "controlPlaneEndpoint": {"host": "198.18.200.10", "port": 6443}},
        labels=labels,
        owner=owner,
    )
    data: Manifest = {"stringData": {"value": "x" * 2000}}
    template: Manifest = {"template": {"spec": {"files": [{"path": "/x", "content": "x" * 2000}]}}}
    for number in range(count - 2):
        kind, body = (kinds.SECRET, data) if number % 2 else (TEMPLATE, template)
        _put(kube, kind, space, f"{cluster}-{number:05}", body, labels=labels, owner=owner)
    provisioned: Manifest = {
        "infrastructureProvisioned": True,
        "controlPlaneInitialized": True,
    }
    ref = Ref(kinds.CLUSTER, space, cluster)
    ready = _condition("ControlPlaneInitialized", "True", 1)
    _say_in_status(server, ref, {"initialization": provisioned, "conditions": [ready]})


def _condition(name: str, status: str, generation: int) -> Manifest:
    return {
        "type": name,
        "status": status,
        "reason": "Asked",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": generation,
    }


def _say_in_status(server: ApiServer, ref: Ref, status: Manifest) -> None:
    """Write a status as a controller does, by a connection that is kept."""

    def asking(at: Resource) -> Request:
        path = at.path(ref.namespace, ref.name, "status")
        return Request("PATCH", path, {}, {"status": status}, MERGE_PATCH)

    known = _known(server.kubeconfig)
    known.done(ref, known.write(ref, asking))


@cache
def _known(kubeconfig: str) -> Server:
    return Server(kubeconfig)


def acknowledge(both: Sides, source: LiveKube, target: LiveKube) -> None:
    """Say for the controllers of both sides what they would say of the Cluster's pause."""
    _acknowledge(both.source, source)
    _acknowledge(both.target, target)


def _acknowledge(server: ApiServer, kube: LiveKube) -> None:
    (cluster,) = kube.list(kinds.CLUSTER, names.NAMESPACE) or (None,)
    if cluster is None:
        return
    status = str(objects.flag(cluster, "spec", "paused"))
    for kind in (kinds.CLUSTER, INFRASTRUCTURE):
        ref = Ref(kind, names.NAMESPACE, objects.name(cluster))
        obj = kube.get(ref)
        if obj is None or (kind.group, kind.kind) not in REPORTS:
            continue
        condition = _condition("Paused", status, objects.generation(obj))
        ready = _condition("ControlPlaneInitialized", "True", 1)
        told: Manifest = {"conditions": [ready, condition]}
        _say_in_status(server, ref, told if kind == kinds.CLUSTER else {"v1beta2": told})


def moved(both: Sides) -> int:
    """Return how many templates and Secrets the target has."""
    _, target = both.kubes()
    count = sum(len(target.list(kind, names.NAMESPACE)) for kind in (TEMPLATE, kinds.SECRET))
    target.close()
    return count


def clear(kube: LiveKube, moved: Sequence[Kind]) -> None:
    """Remove what a move has left on a side, whoever wants to keep it."""
    kube.delete(COMMIT)
    for kind in moved:
        for found in kube.list(kind, names.NAMESPACE):
            ref = Ref(kind, names.NAMESPACE, objects.name(found))
            kube.patch(ref, {"metadata": {"finalizers": None}})
            kube.delete(ref)
    while any(kube.list(kind, names.NAMESPACE) for kind in moved):
        SystemClock().sleep(0.1)
