"""What a managed cluster has on its management cluster, and nobody there takes away by itself.

Cluster API's own parts go with the Cluster, since it owns them. What stays are EKS Anywhere's
objects, resource sets with their contents, failure domains, and our claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bedplate.capi import kinds, objects
from bedplate.capi.claim import claim
from bedplate.capi.cluster import documents
from bedplate.engine.phase import Waiting
from bedplate.phases.rendering import draft
from bedplate.ports.kube import JSON, Kube, Manifest, Ref
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


def own_name(spec: ClusterSpec, manifest: Manifest) -> bool:
    """Say whether a rendered object is called after the cluster; others are for all clusters."""
    name = objects.name(manifest)
    return name == spec.name or name.startswith(f"{spec.name}-")


def everything(tools: Tools) -> tuple[Ref, ...]:
    """Return the addresses of all that a create puts on the management cluster, the claim last."""
    spec, provider = tools.spec, provider_of(tools.spec)
    blueprint = draft(spec, tools.bundle)
    rendered = (*provider.control_plane(blueprint), *provider.workers(blueprint))
    own = (one for one in rendered if own_name(spec, one))
    found = (*reversed(documents(spec)), *own, claim(spec))
    return tuple(dict.fromkeys(objects.ref(one) for one in found))


def shared(kube: Kube, spec: ClusterSpec) -> Mapping[Ref, str]:
    """Return those of the specification's objects that other clusters there use too, and who."""
    others = [one for one in kube.list(kinds.ANYWHERE_CLUSTER) if objects.name(one) != spec.name]
    users = {pair: objects.name(one) for one in others for pair in _named(one.get("spec"))}
    own = (objects.ref(document) for document in documents(spec))
    return {
        ref: users[ref.kind.kind, ref.name] for ref in own if (ref.kind.kind, ref.name) in users
    }


def left_behind(kube: Kube, tools: Tools) -> tuple[Ref, ...]:
    """Return what is still there and nobody else uses."""
    kept = shared(kube, tools.spec)
    return tuple(ref for ref in everything(tools) if ref not in kept and kube.get(ref) is not None)


def remove(kube: Kube, left: Sequence[Ref]) -> Waiting | None:
    """Delete what is left, the last one only when it is alone; `Waiting` until all is gone."""
    for ref in left[:-1] or left:
        kube.delete(ref)
    if not left:
        return None
    evidence = {"left": ", ".join(ref.identity for ref in left)}
    return Waiting(f"{len(left)} objects on the management cluster to be deleted", evidence)


def _named(part: JSON) -> Iterator[tuple[str, str]]:
    """Yield kind and name of every reference in a part of an object."""
    if isinstance(part, Mapping):
        kind, name = part.get("kind"), part.get("name")
        if isinstance(kind, str) and isinstance(name, str):
            yield kind, name
    parts: Iterable[JSON] = ()
    if isinstance(part, Mapping):
        parts = part.values()
    elif isinstance(part, Sequence) and not isinstance(part, str):
        parts = part
    for one in parts:
        yield from _named(one)
