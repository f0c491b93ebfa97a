"""A claim: the mark on a management cluster that a name there is taken by a create of ours.

It is made before the first object of the cluster and removed after the last one, so it tells a
create that broke half-way from somebody else's cluster of the same name, and holds off a delete of
the management cluster meanwhile.
"""

from __future__ import annotations

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.capi.move import OUR_PREFIX
from bedplate.ports.kube import JSON, Kube, Manifest, Ref
from bedplate.spec import ClusterSpec

LABEL = f"{OUR_PREFIX}claim"


def claim_ref(cluster: str) -> Ref:
    """Return the address of a cluster's claim."""
    return ref_of(kinds.CONFIG_MAP, f"{cluster}-bedplate-claim")


def claim(spec: ClusterSpec) -> Manifest:
    """Return the claim of a specification."""
    data: dict[str, JSON] = {"cluster": spec.name, "specification": spec.fingerprint()}
    labels: dict[str, JSON] = {LABEL: "true"}
    return build(kinds.CONFIG_MAP, claim_ref(spec.name).name, {"data": data}, labels=labels)


def claimed_for(live: Manifest | None) -> str:
    """Return the fingerprint of the specification that a claim was made for; empty without one."""
    return objects.text(live, "data", "specification") if live is not None else ""


def claimed_names(kube: Kube) -> frozenset[str]:
    """Return the names of the clusters that a management cluster holds claims of."""
    found = kube.list(kinds.CONFIG_MAP, names.NAMESPACE, {LABEL: "true"})
    return frozenset(objects.text(one, "data", "cluster") for one in found)
