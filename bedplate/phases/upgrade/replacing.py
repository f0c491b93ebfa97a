"""Which machines a change replaces, and why: found out before, by dry runs at the API server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedplate.capi import kinds, names, objects
from bedplate.capi.differences import differences, field_changes
from bedplate.capi.naming import CONFIG_REF, CONTROL_PLANE_REF, ETCD_REF, MACHINE_REF
from bedplate.ports.kube import Kube, Manifest, Ref
from bedplate.spec import ClusterSpec

# What of an owner its machines are made from: a change of anything else replaces none.
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    kinds.KUBEADM_CONTROL_PLANE.kind: (
        "spec.version",
        "spec.kubeadmConfigSpec",
        "spec.machineTemplate.spec",
    ),
    kinds.ETCDADM_CLUSTER.kind: ("spec.etcdadmConfigSpec", "spec.infrastructureTemplate"),
    kinds.MACHINE_DEPLOYMENT.kind: ("spec.template.spec",),
}
REFERENCES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    kinds.KUBEADM_CONTROL_PLANE.kind: (CONTROL_PLANE_REF,),
    kinds.ETCDADM_CLUSTER.kind: (ETCD_REF,),
    kinds.MACHINE_DEPLOYMENT.kind: (MACHINE_REF, CONFIG_REF),
}
ETCD_CHANGES = "external etcd gets other members, whose addresses the control plane is made of"


@dataclass(frozen=True, slots=True)
class Group:
    """What happens to the machines of one group: those that are replaced, and by which fields.

    `before` and `after` are how many there are to be; the autoscaler's own number is None.
    """

    name: str
    machines: tuple[str, ...]
    why: tuple[str, ...]
    before: int | None
    after: int | None

    @property
    def is_replaced(self) -> bool:
        """Whether its machines are replaced; none are known of a leg that comes later."""
        return bool(self.why) and bool(self.machines)

    @property
    def is_touched(self) -> bool:
        """Whether anything happens to it."""
        return self.is_replaced or self.before != self.after


def groups_of(kube: Kube, wanted: Sequence[Manifest], spec: ClusterSpec) -> tuple[Group, ...]:
    """Return what applying objects does to each group of machines that they order."""
    return tuple(
        _group(kube, owner, wanted, spec)
        for owner in wanted
        if objects.kind(owner).kind in MADE_FROM
    )


def after_etcd(groups: Iterable[Group], etcd: Iterable[Group]) -> tuple[Group, ...]:
    """Return the control plane's groups with the reason that etcd's change is."""
    if not any(group.is_touched for group in etcd):
        return tuple(groups)
    return tuple(
        Group(one.name, one.machines, (*one.why, ETCD_CHANGES), one.before, one.after)
        for one in groups
    )


def gone(kube: Kube, deployments: Iterable[Manifest], spec: ClusterSpec) -> tuple[Group, ...]:
    """Return the groups of workers that go altogether."""
    return tuple(
        Group(label_of(one, spec), (), (), len(_machines(kube, one, spec)), 0)
        for one in deployments
    )


def _group(kube: Kube, owner: Manifest, wanted: Sequence[Manifest], spec: ClusterSpec) -> Group:
    live = kube.get(objects.ref(owner))
    after = objects.number(owner, "spec", "replicas")
    if live is None:
        return Group(label_of(owner, spec), (), (), 0, 1 if after is None else after)
    before = objects.number(live, "spec", "replicas") if after is not None else None
    machines = tuple(objects.name(one) for one in _machines(kube, owner, spec))
    why = tuple(_reasons(kube, live, owner, wanted))
    return Group(label_of(owner, spec), machines, why, before, after)


def _reasons(
    kube: Kube, live: Manifest, owner: Manifest, wanted: Sequence[Manifest]
) -> Iterator[str]:
    kind = objects.kind(owner).kind
    references = [".".join(path) for path in REFERENCES[kind]]
    for change in differences(kube, [owner]):
        for field in change.fields:
            is_made_from = field.path.startswith(MADE_FROM[kind])
            if is_made_from and not field.path.startswith(tuple(references)):
                yield str(field)
    for path in REFERENCES[kind]:
        yield from _template_reasons(kube, live, owner, wanted, path)


def _template_reasons(
    kube: Kube, live: Manifest, owner: Manifest, wanted: Sequence[Manifest], path: tuple[str, ...]
) -> Iterator[str]:
    """Yield the fields of the template in use that the next one has otherwise."""
    old, new = objects.text(live, *path, "name"), objects.text(owner, *path, "name")
    if old == new:
        return
    kind = objects.text(owner, *path, "kind")
    found = [m for m in wanted if objects.kind(m).kind == kind and objects.name(m) == new]
    for template in found:
        ref = objects.ref(template)
        there = kube.get(Ref(ref.kind, ref.namespace, old))
        made = kube.would_apply(ref, template)
        changes = field_changes(there or {}, made)
        for field in changes:
            if field.path.startswith("spec"):
                yield f"{kind} {old} → {new}: {field}"
    if not found:
        yield f"{kind} {old} → {new}"


def _machines(kube: Kube, owner: Manifest, spec: ClusterSpec) -> Sequence[Manifest]:
    labels = {kinds.CLUSTER_NAME_LABEL: spec.name}
    kind = objects.kind(owner).kind
    if kind == kinds.KUBEADM_CONTROL_PLANE.kind:
        labels[kinds.CONTROL_PLANE_LABEL] = ""
    elif kind == kinds.ETCDADM_CLUSTER.kind:
        labels[kinds.ETCD_LABEL] = objects.name(owner)
    else:
        labels[kinds.DEPLOYMENT_NAME_LABEL] = objects.name(owner)
    return kube.list(kinds.MACHINE, names.NAMESPACE, labels)


def label_of(owner: Manifest, spec: ClusterSpec) -> str:
    """Return how people call a group."""
    kind = objects.kind(owner).kind
    known = {
        kinds.KUBEADM_CONTROL_PLANE.kind: "control plane",
        kinds.ETCDADM_CLUSTER.kind: "external etcd",
    }
    return known.get(kind) or objects.name(owner).removeprefix(f"{spec.name}-")
