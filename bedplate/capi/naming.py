"""Which names the templates of a cluster have next: a template never changes, a new one counts up.

The rules are EKS Anywhere's (its clusterapi package), so that either tool finds the other's
templates: a template keeps its name while what is wanted adds nothing to what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bedplate.capi import kinds, names, objects
from bedplate.capi.blueprint import TemplateNames, WorkerTemplates
from bedplate.ports.kube import JSON, Kind, Manifest
from bedplate.spec import ClusterSpec

NUMBERED = re.compile(r"(.*?)-(\d+)", re.DOTALL)

CONTROL_PLANE_REF = ("spec", "machineTemplate", "spec", "infrastructureRef")
ETCD_REF = ("spec", "infrastructureTemplate")
MACHINE_REF = ("spec", "template", "spec", "infrastructureRef")
CONFIG_REF = ("spec", "template", "spec", "bootstrap", "configRef")

OWNERS = (kinds.KUBEADM_CONTROL_PLANE, kinds.ETCDADM_CLUSTER, kinds.MACHINE_DEPLOYMENT)
"""The kinds that name templates."""

_NODE = ("spec", "template", "spec")
_JOIN = (*_NODE, "joinConfiguration")

Address: TypeAlias = tuple[str, str]
"""Kind and name: an object is the same one in every version of its kind."""


def next_names(
    spec: ClusterSpec, rendered: Sequence[Manifest], live: Sequence[Manifest]
) -> TemplateNames:
    """Return the names to render a cluster's templates with.

    `rendered` are its objects under their first names (`TemplateNames.first`), `live` the objects
    of the kinds that `kinds_to_read` names, from where the cluster is managed now. What `rendered`
    leaves out, such as the workers, keeps its first names.
    """
    first, pair = TemplateNames.first(spec), _Pair(_by_address(rendered), _by_address(live))
    control_plane = (kinds.KUBEADM_CONTROL_PLANE.kind, spec.name)
    etcd = (kinds.ETCDADM_CLUSTER.kind, names.etcd_cluster(spec.name))
    workers: dict[str, WorkerTemplates] = {}
    for group, templates in first.workers.items():
        owner = (kinds.MACHINE_DEPLOYMENT.kind, names.machine_deployment(spec.name, group))
        machine = pair.name(owner, MACHINE_REF, templates.machine)
        config = pair.name(owner, CONFIG_REF, templates.kubeadm_config)
        workers[group] = WorkerTemplates(machine, config)
    return TemplateNames(
        control_plane=pair.name(control_plane, CONTROL_PLANE_REF, first.control_plane),
        etcd=pair.name(etcd, ETCD_REF, first.etcd),
        workers=workers,
    )


def kinds_to_read(rendered: Iterable[Manifest]) -> tuple[Kind, ...]:
    """Return the kinds of owners and templates among rendered objects, in a stable order."""
    found = {objects.kind(item) for item in rendered}
    return tuple(sorted(kind for kind in found if kind in OWNERS or _is_template(kind)))


def without_live_templates(
    rendered: Iterable[Manifest], live: Iterable[Manifest]
) -> tuple[Manifest, ...]:
    """Return rendered objects without the templates that are there already, as they cannot change.

    A template that keeps its name may say more than what is wanted now. Applied again, it would
    lose that, which an API server refuses.
    """
    there = _by_address(item for item in live if _is_template(objects.kind(item)))
    return tuple(item for item in rendered if _address(item) not in there)


def increment(name: str) -> str | None:
    """Return the name with the number at its end counted up; None where it has no number."""
    found = NUMBERED.fullmatch(name)
    return f"{found[1]}-{int(found[2]) + 1}" if found else None


def is_derivative(new: JSON, old: JSON) -> bool:
    """Tell whether everything that `new` sets is in `old` (apimachinery's DeepDerivative).

    Not set are null, empty texts, lists and tables. A longer list in `old` that begins like `new`
    counts as the same. A 0 and a false are set, and the same as nothing in `old`.
    """
    if new is None or new in ("", [], (), {}):
        return True
    if isinstance(new, Mapping):
        table = {} if old is None else old
        return isinstance(table, Mapping) and all(
            is_derivative(value, table.get(key)) for key, value in new.items()
        )
    if isinstance(new, Sequence) and not isinstance(new, str):
        if not isinstance(old, Sequence) or isinstance(old, str) or len(new) > len(old):
            return False
        return all(is_derivative(one, other) for one, other in zip(new, old, strict=False))
    if not new and old is None:
        return True
    return isinstance(new, bool) == isinstance(old, bool) and new == old


def same_template(new: Manifest, old: Manifest) -> bool:
    """Tell whether a live template will do for a wanted one."""
    if objects.kind(new).kind == kinds.KUBEADM_CONFIG_TEMPLATE.kind and not _same_node(new, old):
        return False
    return is_derivative(new.get("spec"), old.get("spec"))


def _same_node(new: Manifest, old: Manifest) -> bool:
    """What a node must lose too when it is taken away: files, taints and arguments."""
    paths: list[tuple[str, ...]] = [(*_NODE, "files")]
    if objects.mapping(new, *_JOIN) and objects.mapping(old, *_JOIN):
        paths += [(*_JOIN, "nodeRegistration", part) for part in ("taints", "kubeletExtraArgs")]
    return all(
        _settled(objects.sequence(new, *path)) == _settled(objects.sequence(old, *path))
        for path in paths
    )


def _settled(value: JSON) -> JSON:
    """The value without what is not set."""
    if isinstance(value, Mapping):
        found = {key: _settled(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item not in (None, "", [], {})}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_settled(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is wanted and what is there."""

    wanted: Mapping[Address, Manifest]
    live: Mapping[Address, Manifest]

    def name(self, owner: Address, path: tuple[str, ...], first: str) -> str:
        """Return the name of the template that an owner shall refer to at a path."""
        there = self.live.get(owner, {})
        current = objects.text(there, *path, "name") or first
        wanted = self.wanted.get(owner, {})
        kind = objects.text(wanted, *path, "kind")
        template = self.wanted.get((kind, objects.text(wanted, *path, "name")))
        return current if template is None else self._free(kind, template, current, first)

    def _free(self, kind: str, template: Manifest, name: str, first: str) -> str:
        """Count up to a name that is not taken by something else.

        EKS Anywhere counts up once. A run that was killed may have made the next template before
        its owner named it, so the next name may be taken too.
        """
        taken = self.live.get((kind, name))
        while taken is not None and not same_template(template, taken):
            name = increment(name) or first
            taken = self.live.get((kind, name))
        return name


def _by_address(manifests: Iterable[Manifest]) -> dict[Address, Manifest]:
    return {_address(item): item for item in manifests}


def _address(manifest: Manifest) -> Address:
    return objects.kind(manifest).kind, objects.name(manifest)


def _is_template(kind: Kind) -> bool:
    return kind.kind.endswith(("MachineTemplate", "ConfigTemplate"))
