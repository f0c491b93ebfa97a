"""The specification that a cluster runs by now: its own EKS Anywhere objects say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.capi import kinds, objects
from bedplate.errors import Owner, PermanentError, SpecError
from bedplate.ports.kube import JSON, Kind, Kube, Manifest, Ref
from bedplate.spec import ClusterSpec, from_documents

LEFT_OUT = ("anywhere.eks.amazonaws.com/paused", "kustomize.toolkit.fluxcd.io/", "bedplate/")
"""The beginnings of annotations that a change in progress puts there, and no author wrote."""

HEAD = ("name", "namespace", "labels")


def anywhere_ref(spec: ClusterSpec) -> Ref:
    """Return the address of the cluster's EKS Anywhere object."""
    return Ref(kinds.ANYWHERE_CLUSTER, spec.namespace, spec.name)


def running_spec(kube: Kube, spec: ClusterSpec) -> ClusterSpec:
    """Return the specification in force; raises PermanentError CLUSTER_UNDESCRIBED."""
    cluster = kube.get(anywhere_ref(spec))
    if cluster is None:
        raise _undescribed(spec, "there is no such object")
    found = {ref: kube.get(ref) for ref in dict.fromkeys(_references(cluster, spec.namespace))}
    documents = [cluster, *(obj for obj in found.values() if obj is not None)]
    try:
        return from_documents([_plain(one) for one in documents], f"the objects of {spec.name}")
    except SpecError as error:
        raise _undescribed(spec, error.seen) from error


def _references(value: JSON, namespace: str) -> Iterator[Ref]:
    """Yield what the Cluster refers to by kind and name."""
    if isinstance(value, Mapping):
        kind, name = value.get("kind"), value.get("name")
        if isinstance(kind, str) and isinstance(name, str):
            yield Ref(Kind(kinds.ANYWHERE, kind), namespace, name)
        for item in value.values():
            yield from _references(item, namespace)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item, namespace)


def _plain(obj: Manifest) -> dict[str, object]:
    metadata = objects.mapping(obj, "metadata")
    head: dict[str, object] = {key: metadata[key] for key in HEAD if key in metadata}
    marks = objects.annotations_of(obj)
    head["annotations"] = {k: v for k, v in marks.items() if not k.startswith(LEFT_OUT)}
    return {**{k: obj[k] for k in ("apiVersion", "kind", "spec") if k in obj}, "metadata": head}


def _undescribed(spec: ClusterSpec, seen: str) -> PermanentError:
    return PermanentError(
        "CLUSTER_UNDESCRIBED",
        f"the EKS Anywhere objects of {spec.name} are no specification: {seen}",
        why="what a change may touch is decided by what the cluster is now",
        remedy=f"kubectl get clusters.anywhere.eks.amazonaws.com -n {spec.namespace} {spec.name}"
        " -o yaml shows them; apply those of its last configuration again, then resume",
        owner=Owner.PLATFORM,
    )
