"""Inventory: the proof that nothing is left, looked up where it would be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Given
from bedplate.facts import INVENTORY, Item
from bedplate.phases.deletion.files import entries_of, files_of
from bedplate.phases.deletion.infrastructure import (
    IN_USE,
    contents,
    exists,
    kept_for_others,
    look,
    made,
)
from bedplate.phases.deletion.machines import machines_ever
from bedplate.phases.deletion.ownership import bootstrap_name, virtual_machines
from bedplate.phases.gitops import path_files, repository
from bedplate.phases.managed.leftovers import everything, shared
from bedplate.phases.managed.manager import require_manager
from bedplate.phases.provider_setup import MADE_FOLDERS, MADE_TEMPLATES
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

LEFT = "left"

# What can be done about something that is left, and by whom.
REMEDIES = {
    "virtual machine": ("destroy it in vCenter", Owner.VSPHERE),
    "template": ("delete it in vCenter", Owner.VSPHERE),
    "folder": ("delete it in vCenter", Owner.VSPHERE),
    "object": ("kubectl delete it on the management cluster", Owner.PLATFORM),
    "bootstrap cluster": ("kind delete cluster --name", Owner.PLATFORM),
    "file": ("remove it", Owner.PLATFORM),
    "vault entry": ("remove it from the vault", Owner.PLATFORM),
    "Git files": ("remove them from the repository", Owner.GIT),
}


class ProveEmpty(Phase[facts.Inventory]):
    """List everything that the cluster had, and find it gone, or another's."""

    title = "Proving that nothing is left"
    gives = INVENTORY
    needs = (facts.FORGOTTEN_FILES, facts.INFRASTRUCTURE)
    patience = Patience(deadline=120, attempts=2)

    def check(self, given: Given, tools: Tools) -> facts.Inventory | None:
        """Nothing is left: whoever deletes a cluster twice finds that here."""
        items = tuple(_items(tools))
        return None if _left(items) else facts.Inventory(items=items)

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """A proof makes nothing; raises PermanentError LEFTOVERS."""
        left = _left(tuple(_items(tools)))
        if left:
            raise _leftovers(tools.spec, left)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Inventory | Waiting:
        """Return the inventory."""
        items = tuple(_items(tools))
        return Waiting("nothing to be left") if _left(items) else facts.Inventory(items=items)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A proof made nothing."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


def _items(tools: Tools) -> Iterator[Item]:
    yield from _machines(tools)
    yield from _where_managed(tools)
    yield from _in_vcenter(tools)
    for name in files_of(tools.spec.name):
        path, there = tools.ports.files.path(name), tools.ports.files.read(name) is not None
        yield _item("file", path, there=there)
    for name in entries_of(tools.spec.name):
        yield _item("vault entry", name, there=tools.ports.vault.get(name) is not None)
    flux = tools.spec.gitops
    if flux is not None:
        yield _item("Git files", repository(flux), there=bool(path_files(tools, flux)))


def _machines(tools: Tools) -> Iterator[Item]:
    """Those that are the cluster's by name, and those that were its own when it was deleted."""
    ever = machines_ever(tools)
    there = {machine.name for machine in virtual_machines(tools)}
    if ever:
        known = tools.ports.vcenter.virtual_machines(f"{tools.spec.name}-")
        there |= {machine.name for machine in known if machine.name in ever}
    for name in sorted(ever | there):
        yield _item("virtual machine", name, there=name in there)


def _where_managed(tools: Tools) -> Iterator[Item]:
    """The bootstrap cluster, or the objects on the management cluster."""
    if tools.spec.self_managed:
        there = tools.ports.bootstrap.exists(bootstrap_name(tools))
        yield _item("bootstrap cluster", bootstrap_name(tools), there=there)
        return
    if tools.kube(Side.MANAGEMENT).reach() is Reach.ABSENT:
        why = "its kubeconfig is not known here: it was not looked into"
        yield Item(kind="management cluster", name=tools.spec.management_cluster, why=why)
        return
    kube = require_manager(tools)
    kept = shared(kube, tools.spec)
    for ref in everything(tools):
        there = kube.get(ref) is not None
        why = f"{kept[ref]} uses it" if there and ref in kept else LEFT if there else ""
        yield Item(kind="object", name=ref.identity, why=why)


def _in_vcenter(tools: Tools) -> Iterator[Item]:
    seen, kept = look(tools), kept_for_others(tools)
    for kind, name in (("template", MADE_TEMPLATES), ("folder", MADE_FOLDERS)):
        for path in made(tools, name):
            if not exists(seen, path):
                yield Item(kind=kind, name=path)
            elif contents(seen, path):
                yield Item(kind=kind, name=path, why=kept.get(path, IN_USE))
            else:
                yield Item(kind=kind, name=path, why=kept.get(path, LEFT))


def _item(kind: str, name: str, *, there: bool) -> Item:
    return Item(kind=kind, name=name, why=LEFT if there else "")


def _left(items: Sequence[Item]) -> Sequence[Item]:
    return [item for item in items if item.why == LEFT]


def _leftovers(spec: ClusterSpec, left: Sequence[Item]) -> PermanentError:
    lines = [f"{item.kind} {item.name} ({REMEDIES[item.kind][1]})" for item in left]
    todo = dict.fromkeys(f"{item.kind}: {REMEDIES[item.kind][0]}" for item in left)
    return PermanentError(
        "LEFTOVERS",
        f"something of {spec.name} is left:\n" + "\n".join(lines),
        why="every step before this one has settled, so somebody else made it, or made it again",
        remedy=f"{'; '.join(todo)}; then run the same command again",
        owner=REMEDIES[left[0].kind][1],
    )
