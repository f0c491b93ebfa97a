"""Finding exactly one object where a specification names one, and saying what is there instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bedplate.checks.check import Finding
from bedplate.checks.finding import Findings, block
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.vcenter import Inventory, InventoryObject

GOVC_TYPES = {
    Inventory.DATACENTER: "d",
    Inventory.NETWORK: "n",
    Inventory.DATASTORE: "s",
    Inventory.FOLDER: "f",
    Inventory.RESOURCE_POOL: "p",
    Inventory.COMPUTE_CLUSTER: "c",
    Inventory.TEMPLATE: "m",
}
SHOWN = 5


def only(scene: Scene, kind: Inventory, path: str) -> InventoryObject | None:
    """Return the one object that a path names; None where there is none, or more than one."""
    found = scene.inventory().find(kind, path)
    return found[0] if len(found) == 1 else None


def each_only(scene: Scene, kind: Inventory, paths: Iterable[str]) -> tuple[InventoryObject, ...]:
    """Return the objects that paths name, each once; a path that names no single one is left out.

    That it does not is another check's finding.
    """
    found = (only(scene, kind, path) for path in dict.fromkeys(paths))
    return tuple({item.path: item for item in found if item is not None}.values())


def exactly_one(scene: Scene, kind: Inventory, path: str, target: str) -> Findings:
    """Yield what is wrong with a path that has to name one object."""
    found = scene.inventory().find(kind, path)
    if len(found) != 1:
        yield wrong_number(scene, kind, path, found, target)


def wrong_number(
    scene: Scene, kind: Inventory, path: str, found: Sequence[InventoryObject], target: str
) -> Finding:
    """Return the finding for a path that names no object, or several."""
    if found:
        listed = ", ".join(item.path for item in found[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return block(
            target,
            f"{kind} {path!r} is ambiguous: {listed}{more}",
            f"write the full path, such as {found[0].path}",
            Owner.SPEC_AUTHOR,
        )
    name = path.rpartition("/")[2]
    return block(
        target,
        f"{kind} {path!r} is not in the inventory, or the user may not see it{_known(scene, kind)}",
        f"govc find / -type {GOVC_TYPES[kind]} -name '{name}' shows what there is; correct the path"
        " or have it made",
        Owner.VSPHERE,
    )


def _known(scene: Scene, kind: Inventory) -> str:
    """Say what there is, where that is little."""
    paths = [item.path for item in scene.inventory().objects if item.kind is kind]
    return f"; there is {', '.join(paths)}" if 0 < len(paths) <= SHOWN else ""
