"""The vCenter's inventory: where things are, what is tagged, how much is free."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from bedplate.errors import Owner, PermanentError
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.simulation.store import Tx

VCENTER_VERSION = "8.0.3"
# The thumbprint that the examples pin.
THUMBPRINT = "5A:1C:44:9E:0B:7D:23:F1:86:C2:3E:90:7B:54:D8:1F:62:0A:BC:33"
USER = "bedplate@vsphere.local"

# Under these names the vault and the world know the credentials.
USERNAME, PASSWORD = "vcenter/username", "vcenter/password"

VM_ROOT = "/DC0/vm"
TEMPLATES = f"{VM_ROOT}/Templates"
DATASTORE_GIB = 1024.0 * 1024
POOL_MIB = 128.0 * 1024 * 1024
TEMPLATE_DISK_GIB = 20

# The EKS Distro release of each Kubernetes version in the simulated bundle; a template's tag
# `eksdRelease` names it.
EKSD_RELEASES: Mapping[str, str] = {
    f"1.{minor}": f"kubernetes-1-{minor}-eks-{number}"
    for minor, number in ((30, 48), (31, 41), (32, 34), (33, 24), (34, 12), (35, 8), (36, 3))
}


def furnish(tx: Tx) -> None:
    """Fill a new world's inventory; one that has an inventory keeps it."""
    if tx.one("SELECT 1 FROM inventory LIMIT 1") is not None:
        return
    rows: list[tuple[str, Inventory, str, int | None, float | None]] = [
        ("/DC0", Inventory.DATACENTER, "", None, None),
        (VM_ROOT, Inventory.FOLDER, "", None, None),
        (TEMPLATES, Inventory.FOLDER, "", None, None),
        ("/DC0/network/VM Network", Inventory.NETWORK, "", None, None),
        ("/DC0/datastore/LocalDS_0", Inventory.DATASTORE, "", None, DATASTORE_GIB),
        ("/DC0/host/Cluster0/Resources", Inventory.RESOURCE_POOL, "", None, POOL_MIB),
    ]
    for version, release in EKSD_RELEASES.items():
        path = f"{TEMPLATES}/ubuntu-2204-kube-v{version}"
        tags = f"os:ubuntu\neksdRelease:{release}"
        rows.append((path, Inventory.TEMPLATE, tags, TEMPLATE_DISK_GIB, None))
    for path, kind, tags, disk, total in rows:
        tx.run(
            "INSERT INTO inventory (path, kind, tags, disk_gib, total) VALUES (?, ?, ?, ?, ?)",
            path,
            kind.value,
            tags,
            disk,
            total,
        )
    password = hashlib.sha256(f"{tx.text('seed')}/password".encode()).hexdigest()[:20]
    tx.run("INSERT INTO meta VALUES (?, ?), (?, ?)", USERNAME, USER, PASSWORD, password)


def is_known(tx: Tx, user: str | None, password: str | None) -> bool:
    """Say whether the vCenter takes this user and password."""
    return (user, password) == (tx.text(USERNAME), tx.text(PASSWORD))


def find(tx: Tx, kind: Inventory, path: str) -> Sequence[InventoryObject]:
    """Return the objects at a path: absolute, or the end of one; parts may hold wildcards."""
    rows = tx.all(
        "SELECT path, tags, disk_gib, CAST(total - used AS INTEGER) FROM inventory"
        " WHERE kind = ? ORDER BY path",
        kind.value,
    )
    return [
        InventoryObject(
            kind=kind,
            path=found,
            tags=frozenset(tags.split("\n")) if tags else frozenset(),
            free_gib=free if kind is Inventory.DATASTORE else None,
            free_memory_mib=free if kind is Inventory.RESOURCE_POOL else None,
            disk_gib=disk,
        )
        for found, tags, disk, free in rows
        if _is_at(found, path)
    ]


def _is_at(found: str, path: str) -> bool:
    parts = [part for part in path.split("/") if part]
    there = found.strip("/").split("/")
    if not parts or (len(there) != len(parts) if path.startswith("/") else len(there) < len(parts)):
        return False
    return all(map(fnmatchcase, there[-len(parts) :], parts))


def only(tx: Tx, kind: Inventory, path: str) -> InventoryObject | None:
    """Return the one object at a path; None where there is none, or more than one."""
    found = find(tx, kind, path)
    return found[0] if len(found) == 1 else None


def use(tx: Tx, path: str, amount: float) -> None:
    """Take from a datastore or a pool, or give back with a negative amount."""
    tx.run("UPDATE inventory SET used = used + ? WHERE path = ?", amount, path)


def limit(tx: Tx, path: str, free: float) -> None:
    """Leave so much free in a datastore or a pool."""
    tx.run("UPDATE inventory SET total = used + ? WHERE path = ?", free, path)


def create_folder(tx: Tx, path: str) -> None:
    """Create a folder and its parents below the datacenter's root folder."""
    whole = path if path.startswith("/") else f"{VM_ROOT}/{path}"
    parts = [part for part in whole.removeprefix(VM_ROOT).split("/") if part]
    if not f"{whole}/".startswith(f"{VM_ROOT}/"):
        raise PermanentError(
            "INVENTORY_INVALID",
            f"{path} is no folder for virtual machines",
            why=f"such folders are below {VM_ROOT}",
            remedy="correct the folder in the machine configuration",
            owner=Owner.SPEC_AUTHOR,
        )
    for depth in range(len(parts)):
        tx.run(
            "INSERT OR IGNORE INTO inventory (path, kind) VALUES (?, ?)",
            "/".join([VM_ROOT, *parts[: depth + 1]]),
            Inventory.FOLDER.value,
        )


def delete_folder(tx: Tx, path: str) -> None:
    """Delete an empty folder; one in use is left alone."""
    folder = only(tx, Inventory.FOLDER, path)
    if folder is None or folder.path == VM_ROOT:
        return
    inside = tx.one(
        "SELECT path FROM inventory WHERE path > ? AND path < ? LIMIT 1",
        f"{folder.path}/",
        f"{folder.path}0",
    )
    machine = tx.one("SELECT name FROM vms WHERE folder = ? LIMIT 1", folder.path)
    if inside is None and machine is None:
        tx.run("DELETE FROM inventory WHERE path = ?", folder.path)
