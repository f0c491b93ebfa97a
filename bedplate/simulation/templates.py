"""Templates of a simulated vCenter: imported from OVA archives, and deleted."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from bedplate.errors import Owner, PermanentError
from bedplate.ports.vcenter import Inventory, InventoryObject, TemplateSource
from bedplate.simulation import inventory
from bedplate.simulation.store import Tx

SYSTEM_DISK_GIB = 2.0  # the archives' first disk, as Bottlerocket has it


def digest_of(uri: str) -> str:
    """Return the SHA-256 of a simulated archive, whose content is its name."""
    return hashlib.sha256(uri.rpartition("/")[2].encode()).hexdigest()


def import_template(tx: Tx, source: TemplateSource) -> None:
    """Make a template unless one is there; one that was imported before gets the tags it lacks."""
    made = _template(source)
    if found := inventory.find(tx, Inventory.TEMPLATE, source.path):
        for there in found:
            if there.annotation == made.annotation:
                inventory.put(tx, replace(there, tags=there.tags | made.tags))
        return
    if digest_of(source.uri) != source.sha256:
        raise PermanentError(
            "IMAGE_MISMATCH",
            f"{source.uri} has the SHA-256 {digest_of(source.uri)}, not {source.sha256}",
            why="it is not the archive that the bundle names",
            remedy="nothing was imported; compare the bundle's source with the archive's",
            owner=Owner.PLATFORM,
        )
    for kind, path in (
        (Inventory.RESOURCE_POOL, source.resource_pool),
        (Inventory.DATASTORE, source.datastore),
        (Inventory.NETWORK, source.network),
    ):
        if inventory.only(tx, kind, path) is None:
            raise _missing(kind, path, source)
    inventory.create_folder(tx, source.path.rpartition("/")[0])
    inventory.put(tx, made)


def delete_template(tx: Tx, path: str) -> None:
    """Delete a template; one that is gone is success."""
    for template in inventory.find(tx, Inventory.TEMPLATE, path):
        inventory.remove(tx, template.path)


def _template(source: TemplateSource) -> InventoryObject:
    return InventoryObject(
        Inventory.TEMPLATE,
        source.path,
        tags=frozenset(source.tags),
        disks_gib=(SYSTEM_DISK_GIB, source.disk_gib - SYSTEM_DISK_GIB),
        snapshots=1,
        annotation=f"imported by Bedplate, sha256:{source.sha256}",
    )


def _missing(kind: Inventory, path: str, source: TemplateSource) -> PermanentError:
    return PermanentError(
        "INVENTORY_MISSING",
        f"there is no {kind.value} {path}",
        why=f"the template {source.path} is made there",
        remedy="correct the machine configuration: preflight names what is there",
        owner=Owner.SPEC_AUTHOR,
    )
