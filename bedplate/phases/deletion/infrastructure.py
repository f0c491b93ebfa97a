"""Infrastructure: the folders and templates that the cluster's creation made are taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import INFRASTRUCTURE
from bedplate.phases.deletion.ownership import is_gone
from bedplate.phases.provider_setup import MADE_FOLDERS, MADE_TEMPLATES
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Inventory, Snapshot
from bedplate.spec import ClusterSpec

STEP = "provider-setup"
"""The step of a create that notes what it makes."""


class RemoveInfrastructure(Phase[facts.Infrastructure]):
    """Delete what a create of this cluster noted that it makes, unless others use it by now.

    Others' are the folders and templates that were there before (nothing was noted of them), those
    that another cluster has on record, and folders with anything in them.
    """

    title = "Cleaning up the infrastructure"
    gives = INFRASTRUCTURE
    needs = (facts.DELETED_MACHINES,)
    patience = Patience(deadline=600)

    def check(self, given: Given, tools: Tools) -> facts.Infrastructure | None:
        """The cluster is gone, and what was made for it too."""
        if not is_gone(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete templates first, then the folders, inner ones first."""
        kept = kept_for_others(tools)
        for path in made(tools, MADE_TEMPLATES):
            if path not in kept:
                tools.ports.vcenter.delete_template(path)
        for path in sorted(made(tools, MADE_FOLDERS), reverse=True):
            if path not in kept:
                tools.ports.vcenter.delete_folder(path)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Infrastructure | Waiting:
        """Return what is gone and what was left to others."""
        seen, kept = look(tools), kept_for_others(tools)
        wanted = (*made(tools, MADE_TEMPLATES), *made(tools, MADE_FOLDERS))
        for path in wanted:
            if path not in kept and exists(seen, path) and not contents(seen, path):
                return Waiting(f"{path} to be deleted")
        in_use = {path: IN_USE for path in wanted if path not in kept and exists(seen, path)}
        left = {**{path: why for path, why in kept.items() if exists(seen, path)}, **in_use}
        gone = tuple(path for path in wanted if path not in left)
        return facts.Infrastructure(removed=gone, kept=left)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """What is gone is made anew by the next create."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


IN_USE = "made by us, and others have put something into it since"


def made(tools: Tools, name: str) -> tuple[str, ...]:
    """Return the paths that creates of this cluster noted under a name, each once."""
    noted = [objects.texts({name: value}, name) for value in tools.notes.earlier(STEP, name)]
    return tuple(dict.fromkeys(path for paths in noted for path in paths))


def look(tools: Tools) -> Snapshot:
    """Look at vCenter, where anything was ever made in it."""
    wanted = (*made(tools, MADE_TEMPLATES), *made(tools, MADE_FOLDERS))
    return tools.ports.vcenter.look() if wanted else Snapshot(objects=())


def kept_for_others(tools: Tools) -> Mapping[str, str]:
    """Return the paths that other clusters have on record, with the reason to keep them."""
    kept: dict[str, str] = {}
    for cluster, setup in tools.notes.others(facts.PROVIDER_SETUP).items():
        for path in (*setup.templates, *setup.folders):
            kept[path] = f"made by us, and {cluster} uses it"
    return kept


def exists(seen: Snapshot, path: str) -> bool:
    """Say whether a folder or a template is at a path."""
    kinds = (Inventory.FOLDER, Inventory.TEMPLATE)
    return any(seen.find(kind, path) for kind in kinds)


def contents(seen: Snapshot, path: str) -> Sequence[str]:
    """Return what lies in a folder, near or far."""
    roots = [f"{folder.path}/" for folder in seen.find(Inventory.FOLDER, path)]
    inside = [item.path for item in seen.objects]
    inside += [f"{machine.folder}/{machine.name}" for machine in seen.machines]
    return [one for one in inside if any(one.startswith(root) for root in roots)]
