"""The vCenter's inventory: where things are, what is tagged, how much is free."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bedplate.errors import Owner, PermanentError
from bedplate.ports.vcenter import Inventory, InventoryObject, is_at
from bedplate.simulation.bundle import RELEASES, eksd_name
from bedplate.simulation.store import Tx

VCENTER_VERSION = "8.0.3"
# The thumbprint that the examples pin.
THUMBPRINT = "5A:1C:44:9E:0B:7D:23:F1:86:C2:3E:90:7B:54:D8:1F:62:0A:BC:33"
USER = "bedplate@vsphere.local"

# Under these names the vault and the world know the credentials.
USERNAME, PASSWORD = "vcenter/username", "vcenter/password"

OTHER_USERS = "vcenter/other-users"
"""Under this name the world keeps the passwords of more users, as JSON."""

VM_ROOT = "/DC0/vm"
TEMPLATES = f"{VM_ROOT}/Templates"
NETWORK = "/DC0/network/VM Network"
DATASTORE = "/DC0/datastore/LocalDS_0"
COMPUTE = "/DC0/host/Cluster0"
POOL = f"{COMPUTE}/Resources"
DATASTORE_GIB = 1024.0 * 1024
POOL_MIB = 128.0 * 1024 * 1024
TEMPLATE_DISK_GIB = 20.0

REFERENCES = {
    Inventory.DATACENTER: "Datacenter",
    Inventory.NETWORK: "Network",
    Inventory.DATASTORE: "Datastore",
    Inventory.FOLDER: "Folder",
    Inventory.RESOURCE_POOL: "ResourcePool",
    Inventory.COMPUTE_CLUSTER: "ClusterComputeResource",
    Inventory.TEMPLATE: "VirtualMachine",
}


def furnish(tx: Tx) -> None:
    """Fill a new world's inventory; one that has an inventory keeps it."""
    if tx.one("SELECT 1 FROM inventory LIMIT 1") is not None:
        return
    for item in _furniture():
        put(tx, item)
    password = hashlib.sha256(f"{tx.text('seed')}/password".encode()).hexdigest()[:20]
    tx.run("INSERT INTO meta VALUES (?, ?), (?, ?)", USERNAME, USER, PASSWORD, password)


def _furniture() -> Iterator[InventoryObject]:
    for kind, path in (
        (Inventory.DATACENTER, "/DC0"),
        (Inventory.FOLDER, VM_ROOT),
        (Inventory.FOLDER, TEMPLATES),
        (Inventory.NETWORK, NETWORK),
    ):
        yield InventoryObject(kind, path)
    yield InventoryObject(Inventory.DATASTORE, DATASTORE, free_gib=DATASTORE_GIB)
    yield InventoryObject(
        Inventory.COMPUTE_CLUSTER, COMPUTE, reaches=frozenset((DATASTORE, NETWORK))
    )
    yield InventoryObject(
        Inventory.RESOURCE_POOL, POOL, free_memory_mib=int(POOL_MIB), owner=COMPUTE
    )
    for version in RELEASES:
        yield InventoryObject(
            Inventory.TEMPLATE,
            f"{TEMPLATES}/ubuntu-2204-kube-v{version}",
            tags=frozenset(("os:ubuntu", f"eksdRelease:{eksd_name(version)}")),
            disks_gib=(TEMPLATE_DISK_GIB,),
            snapshots=1,
        )


def put(tx: Tx, item: InventoryObject) -> None:
    """Keep an object; one at its path is replaced, and what it had left counts as all it has."""
    details = {
        "tags": sorted(item.tags),
        "disks_gib": item.disks_gib,
        "snapshots": item.snapshots,
        "annotation": item.annotation,
        "owner": item.owner,
        "reaches": sorted(item.reaches),
        "free_cpu_mhz": item.free_cpu_mhz,
    }
    tx.run(
        "INSERT OR REPLACE INTO inventory (path, kind, details, total) VALUES (?, ?, ?, ?)",
        item.path,
        item.kind.value,
        json.dumps({name: value for name, value in details.items() if value or value == 0}),
        item.free_memory_mib if item.kind is Inventory.RESOURCE_POOL else item.free_gib,
    )


def remove(tx: Tx, path: str) -> None:
    """Forget an object; one that is not there is success."""
    tx.run("DELETE FROM inventory WHERE path = ?", path)


def is_known(tx: Tx, user: str | None, password: str | None) -> bool:
    """Say whether the vCenter takes this user and password."""
    if (user, password) == (tx.text(USERNAME), tx.text(PASSWORD)):
        return True
    if user is None or password is None:
        return False
    return bool(json.loads(tx.text(OTHER_USERS) or "{}").get(user) == password)


def admit(tx: Tx, users: Mapping[str, str]) -> None:
    """Let the vCenter take more users."""
    known = json.loads(tx.text(OTHER_USERS) or "{}")
    tx.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", OTHER_USERS, json.dumps(known | users))


def change_user(tx: Tx, username: str, password: str) -> None:
    """Let the vCenter take one user only."""
    for name, text in ((USERNAME, username), (PASSWORD, password), (OTHER_USERS, "{}")):
        tx.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, text)


def everything(tx: Tx) -> tuple[InventoryObject, ...]:
    """Return all objects, by path."""
    return tuple(map(_object, tx.all(f"{_SELECT} ORDER BY path")))


def find(tx: Tx, kind: Inventory, path: str) -> Sequence[InventoryObject]:
    """Return the objects at a path: absolute, or the end of one; parts may hold wildcards."""
    rows = tx.all(f"{_SELECT} WHERE kind = ? ORDER BY path", kind.value)
    return [_object(row) for row in rows if is_at(row[0], path)]


_SELECT = "SELECT path, kind, details, CAST(total - used AS INTEGER) FROM inventory"


def _object(row: Sequence[object]) -> InventoryObject:
    path, kind, free = str(row[0]), Inventory(str(row[1])), row[3]
    details: Mapping[str, object] = json.loads(str(row[2]))
    known = {
        name: frozenset(value) if name in ("tags", "reaches") else tuple(value)
        for name, value in details.items()
        if isinstance(value, list)
    }
    item = InventoryObject(
        kind=kind,
        path=path,
        id=f"{REFERENCES[kind]}:{hashlib.sha256(path.encode()).hexdigest()[:8]}",
        **{**details, **known},  # type: ignore[arg-type]
    )
    if kind is Inventory.DATASTORE and isinstance(free, int):
        return replace(item, free_gib=float(free))
    if kind is Inventory.RESOURCE_POOL and isinstance(free, int):
        return replace(item, free_memory_mib=free)
    return item


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
        remove(tx, folder.path)
