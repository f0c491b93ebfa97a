"""Templates: what the next machine would be made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bedplate.capi import kinds, names, objects
from bedplate.capi.blueprint import TemplateNames, WorkerTemplates
from bedplate.capi.naming import CONFIG_REF, CONTROL_PLANE_REF, ETCD_REF, MACHINE_REF, same_template
from bedplate.drift.fields import differences
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Seen
from bedplate.errors import Owner
from bedplate.ports.kube import Kind, Manifest
from bedplate.spec import ClusterSpec

MOST_SHOWN = 5  # differences of one object in a text


def names_in_use(spec: ClusterSpec, live: Iterable[Manifest]) -> TemplateNames:
    """Return the names of the templates that the live owners refer to; first ones without owner."""
    there = {(objects.kind(one).kind, objects.name(one)): one for one in live}
    first = TemplateNames.first(spec)

    def named(kind: Kind, owner: str, path: tuple[str, ...], otherwise: str) -> str:
        return objects.text(there.get((kind.kind, owner), {}), *path, "name") or otherwise

    plane, etcd = kinds.KUBEADM_CONTROL_PLANE, kinds.ETCDADM_CLUSTER
    return TemplateNames(
        control_plane=named(plane, spec.name, CONTROL_PLANE_REF, first.control_plane),
        etcd=named(etcd, names.etcd_cluster(spec.name), ETCD_REF, first.etcd),
        workers={group: _of_group(spec, group, named, it) for group, it in first.workers.items()},
    )


def _of_group(
    spec: ClusterSpec,
    group: str,
    named: Callable[[Kind, str, tuple[str, ...], str], str],
    first: WorkerTemplates,
) -> WorkerTemplates:
    owner = names.machine_deployment(spec.name, group)
    return WorkerTemplates(
        named(kinds.MACHINE_DEPLOYMENT, owner, MACHINE_REF, first.machine),
        named(kinds.MACHINE_DEPLOYMENT, owner, CONFIG_REF, first.kubeadm_config),
    )


def is_template(manifest: Manifest) -> bool:
    """Say whether an object is what machines are made from."""
    return objects.kind(manifest).kind.endswith(("MachineTemplate", "ConfigTemplate"))


def changed_templates(seen: Seen) -> Iterator[Drift]:
    """Yield the templates in use that say something else than the specification."""
    if seen.managed is None or not seen.managed.same_bundle or not seen.settled:
        return
    for wanted in filter(is_template, seen.managed.asked):
        live = seen.managed.live.get(objects.ref(wanted))
        if live is None or same_template(wanted, live):
            continue
        yield Drift(
            Sort.TEMPLATE_CHANGED,
            objects.ref(wanted).identity,
            told(wanted, live) or "it says more than the specification",
            f"kubectl get {objects.kind(live).resource} -n {names.NAMESPACE}"
            f" {objects.name(live)} -o yaml shows it; write what is right into the specification",
            Owner.SPEC_AUTHOR,
        )


def gone_templates(seen: Seen) -> Iterator[Drift]:
    """Yield the virtual machine templates that vCenter no longer has."""
    if seen.infrastructure is None or not seen.settled:
        return
    for path, there in seen.infrastructure.templates.items():
        if not there:
            yield Drift(
                Sort.TEMPLATE_GONE,
                f"template {path}",
                "the specification names it, and vCenter has none at this path",
                "import it again at this path, or name another one in the specification",
                Owner.VSPHERE,
            )


def told(wanted: Manifest, live: Manifest) -> str:
    """Return in words what differs in the specifications of two objects; "" for nothing."""
    found = [str(one) for one in differences(wanted.get("spec"), live.get("spec"), ("spec",))]
    more = len(found) - MOST_SHOWN
    return "; ".join(found[:MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")
