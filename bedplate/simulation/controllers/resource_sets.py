"""ClusterResourceSets: what they name is applied to each cluster they select, and bound to it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import yaml

from bedplate.ports.kube import Kind, Ref
from bedplate.simulation import apiserver
from bedplate.simulation.controllers.clusters import runs_core
from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.fields import (
    PAUSED,
    Obj,
    is_deleting,
    look,
    matches,
    name_of,
    namespace_of,
    own,
    place,
    timestamp,
)
from bedplate.simulation.objects import Objects

ADDONS = "addons.cluster.x-k8s.io"
SET, BINDING = "ClusterResourceSet", "ClusterResourceSetBinding"


def resource_sets(context: Context) -> None:
    """Reconcile every ClusterResourceSet that is not paused by its own annotation."""
    if not runs_core(context):
        return
    for resource_set in context.objects.of(ADDONS, SET):
        paused = PAUSED in (look(resource_set, "metadata", "annotations") or {})
        if paused or is_deleting(resource_set):
            continue
        selected = look(resource_set, "spec", "clusterSelector", "matchLabels") or {}
        for cluster in context.objects.of(CORE, "Cluster"):
            if matches(cluster, selected) and not is_deleting(cluster):
                _bring(context, resource_set, cluster)


def _bring(context: Context, resource_set: Obj, cluster: Obj) -> None:
    """Own the resources; apply them once the cluster's API server answers."""
    if look(cluster, "spec", "paused"):
        return
    named = look(resource_set, "spec", "resources") or []
    resources = [(one, _resource(context, resource_set, one)) for one in named]
    for _, found in resources:
        if found is not None:
            own(found, resource_set)
            context.objects.save(found)
    remote = context.remote(name_of(cluster))
    if remote is None:
        return
    binding = _binding(context, resource_set, cluster)
    bound = place(binding, "spec").setdefault("bindings", [{}])[0]
    bound["clusterResourceSetName"] = name_of(resource_set)
    before = {one["name"]: one for one in bound.get("resources") or []}
    bound["resources"] = [
        _applied(context, remote, one, found, before.get(str(one["name"])))
        for one, found in resources
        if found is not None
    ]
    context.objects.save(binding)
    context.mark(resource_set, "ResourcesApplied", True)
    context.objects.save(resource_set)


def _resource(context: Context, resource_set: Obj, named: Obj) -> Obj | None:
    namespace = namespace_of(resource_set)
    return context.objects.get("", str(named["kind"]), namespace, str(named["name"]))


def _binding(context: Context, resource_set: Obj, cluster: Obj) -> Obj:
    """Return the cluster's binding, which the cluster and each of its sets own."""
    namespace, name = namespace_of(cluster), name_of(cluster)
    found = context.objects.get(ADDONS, BINDING, namespace, name)
    if found is None:
        found = {
            "apiVersion": resource_set["apiVersion"],
            "kind": BINDING,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterName": name},
        }
        own(found, resource_set)
        found = context.objects.add(found)
    own(found, resource_set)
    return found


def _applied(
    context: Context, remote: Objects, named: Obj, resource: Obj, before: Obj | None
) -> Obj:
    """Apply a resource whose content was not applied before; return the binding's record."""
    texts = list(_texts(resource))
    digest = "sha256:" + hashlib.sha256("\n---\n".join(texts).encode()).hexdigest()
    if before is not None and before.get("hash") == digest:
        return before
    for text in texts:
        for document in yaml.safe_load_all(text):
            if document:
                _apply(remote, document)
    return {**named, "hash": digest, "applied": True, "lastAppliedTime": timestamp(context.now)}


def _texts(resource: Obj) -> Iterator[str]:
    """Yield the manifests that a ConfigMap or a Secret holds."""
    for text in (look(resource, "data") or {}).values():
        yield base64.b64decode(text).decode() if resource["kind"] == "Secret" else text


def _apply(remote: Objects, document: Obj) -> None:
    kind = Kind(document["apiVersion"], document["kind"])
    ref = Ref(kind, namespace_of(document), name_of(document))
    apiserver.apply(remote, ref, document)
