"""Virtual machines: cloned, booted, joined, switched and destroyed, each once and on record."""

from __future__ import annotations

import enum
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.ports.vcenter import Inventory, VCenterTask, VirtualMachine
from bedplate.simulation import apis, faults, inventory
from bedplate.simulation.store import Tx

CLONE_SECONDS = 20.0
BOOT_SECONDS = 15.0

# Addresses come from here: the upper half of the range that RFC 2544 reserves for such tests.
DHCP = ipaddress.ip_network("198.19.0.0/16")


class Role(enum.StrEnum):
    """What a machine does once it has booted, as its bootstrap data says."""

    INIT = "init"
    JOIN = "join"
    WORKER = "worker"
    ETCD = "etcd"


# Seconds from the end of the boot until the machine has its place in the cluster.
JOIN_SECONDS = {Role.INIT: 40.0, Role.JOIN: 20.0, Role.WORKER: 20.0, Role.ETCD: 20.0}
CONTROL_PLANE = (Role.INIT, Role.JOIN)


@dataclass(frozen=True, slots=True)
class Order:
    """A machine as it is ordered: from which template, to where, how large, and for what."""

    name: str
    instance: str
    cluster: str
    role: Role
    ca: str
    endpoint: str
    template: str
    folder: str
    pool: str
    datastore: str
    networks: tuple[str, ...]
    cpus: int
    memory_mib: int
    disk_gib: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it is."""

    uuid: str
    instance: str
    name: str
    folder: str
    cluster: str
    role: Role
    endpoint: str
    addresses: tuple[str, ...]
    powered_on: bool
    cloned_at: float
    booted_at: float
    joined_at: float
    never_joins: bool
    version: str = ""

    def has_joined(self, now: float) -> bool:
        """Say whether the machine has its place in the cluster and runs."""
        return self.powered_on and not self.never_joins and self.joined_at <= now


_COLUMNS = (
    "uuid, instance, name, folder, cluster, role, endpoint, addresses, powered_on, cloned_at,"
    " booted_at, joined_at, never_joins, version"
)


def _machine(row: Sequence[object]) -> Machine:
    values = list(row)
    values[5], values[7] = Role(str(values[5])), tuple(json.loads(str(values[7])))
    values[8], values[12] = bool(values[8]), bool(values[12])
    return Machine(*values)  # type: ignore[arg-type]


def by_uuid(tx: Tx, uuid: str) -> Machine | None:
    """Return the machine of a BIOS uuid, or None."""
    row = tx.one(f"SELECT {_COLUMNS} FROM vms WHERE uuid = ?", uuid)  # noqa: S608
    return None if row is None else _machine(row)


def of_cluster(tx: Tx, cluster: str) -> list[Machine]:
    """Return the machines of a cluster in the order they were made."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM vms WHERE cluster = ? ORDER BY made_at, name",  # noqa: S608
        cluster,
    )
    return [_machine(row) for row in rows]


def named(tx: Tx, name: str) -> list[Machine]:
    """Return the machines of a name, whatever folder they are in."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM vms WHERE name = ?", name)  # noqa: S608
    return [_machine(row) for row in rows]


def clone(tx: Tx, order: Order) -> Machine | str:
    """Make a machine from a template, or say why it cannot be made."""
    kinds = (
        (Inventory.TEMPLATE, order.template),
        (Inventory.FOLDER, order.folder),
        (Inventory.RESOURCE_POOL, order.pool),
        (Inventory.DATASTORE, order.datastore),
        *((Inventory.NETWORK, network) for network in order.networks),
    )
    places = [inventory.only(tx, kind, path) for kind, path in kinds]
    for place, (kind, path) in zip(places, kinds, strict=True):
        if place is None:
            return f"{kind} {path!r} not found"
    folder, pool, datastore = (place for place in places[1:4] if place is not None)
    if pool.free_memory_mib is not None and pool.free_memory_mib < order.memory_mib:
        return f"insufficient memory in {pool.path}"
    if datastore.free_gib is not None and datastore.free_gib < order.disk_gib:
        return f"insufficient disk space on datastore {datastore.path}"
    if any(machine.folder == folder.path for machine in named(tx, order.name)):
        return f"the name {order.name!r} already exists in {folder.path}"
    return _made(tx, order, folder.path, pool.path, datastore.path)


def _made(tx: Tx, order: Order, folder: str, pool: str, datastore: str) -> Machine:
    uuid, now = tx.new_uid(), tx.now
    booted = now + CLONE_SECONDS + BOOT_SECONDS
    addresses = [_lease(tx, uuid) for _ in order.networks]
    machine = Machine(
        uuid=uuid,
        instance=order.instance,
        name=order.name,
        folder=folder,
        cluster=order.cluster,
        role=order.role,
        endpoint=order.endpoint if order.role in CONTROL_PLANE else "",
        addresses=tuple(addresses),
        powered_on=True,
        cloned_at=now + CLONE_SECONDS,
        booted_at=booted,
        joined_at=booted + JOIN_SECONDS[order.role],
        never_joins=faults.never_joins(tx, order.name),
        version=order.version,
    )
    tx.run(
        f"INSERT INTO vms ({_COLUMNS}, pool, datastore, ca, cpus, memory_mib, disk_gib, made_at)"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        uuid,
        machine.instance,
        machine.name,
        folder,
        machine.cluster,
        machine.role.value,
        machine.endpoint,
        json.dumps(addresses),
        machine.powered_on,
        machine.cloned_at,
        machine.booted_at,
        machine.joined_at,
        machine.never_joins,
        machine.version,
        pool,
        datastore,
        order.ca,
        order.cpus,
        order.memory_mib,
        order.disk_gib,
        now,
    )
    inventory.use(tx, pool, order.memory_mib)
    inventory.use(tx, datastore, order.disk_gib)
    _record(tx, "made", machine)
    if machine.role is Role.INIT and not machine.never_joins:
        apis.make_cluster(tx, machine.cluster, order.ca, machine.joined_at)
    apis.wake(tx, apis.of_cluster(machine.cluster), machine.joined_at)
    return machine


def destroy(tx: Tx, machine: Machine) -> None:
    """Destroy a machine and give back what it took."""
    row = tx.one(
        "DELETE FROM vms WHERE uuid = ? RETURNING pool, memory_mib, datastore, disk_gib",
        machine.uuid,
    )
    if row is None:
        return
    inventory.use(tx, row[0], -row[1])
    inventory.use(tx, row[2], -row[3])
    tx.run("DELETE FROM addresses WHERE vm = ?", machine.uuid)
    _record(tx, "destroyed", machine)
    holders = tx.number(
        "SELECT count(*) FROM vms WHERE cluster = ? AND role != 'worker'", machine.cluster
    )
    if not holders:
        # The last machine with etcd's data is gone, and with it every object of the cluster.
        apis.drop(tx, apis.of_cluster(machine.cluster))
    apis.wake_managers(tx, machine.cluster)


def destroy_named(tx: Tx, name: str) -> None:
    """Destroy the machines of a name."""
    for machine in named(tx, name):
        destroy(tx, machine)


def power_named(tx: Tx, name: str, *, on: bool) -> None:
    """Switch the machines of a name on or off."""
    for machine in named(tx, name):
        if machine.powered_on != on:
            tx.run("UPDATE vms SET powered_on = ? WHERE uuid = ?", on, machine.uuid)
            _record(tx, "powered on" if on else "powered off", machine)
            apis.wake_managers(tx, machine.cluster)


def let_join(tx: Tx) -> None:
    """Let machines that were not to join go on, from now."""
    rows = tx.all(f"SELECT {_COLUMNS}, ca FROM vms WHERE never_joins")  # noqa: S608
    for row in rows:
        machine = _machine(row[:-1])
        joined_at = max(machine.joined_at, tx.now + JOIN_SECONDS[machine.role])
        tx.run(
            "UPDATE vms SET never_joins = 0, joined_at = ? WHERE uuid = ?", joined_at, machine.uuid
        )
        if machine.role is Role.INIT:
            apis.make_cluster(tx, machine.cluster, row[-1], joined_at)
        apis.wake_managers(tx, machine.cluster)


def listed(tx: Tx, prefix: str) -> list[VirtualMachine]:
    """Return the machines whose name begins with `prefix`, as vCenter shows them."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM vms WHERE name >= ? AND name < ? ORDER BY name, uuid",  # noqa: S608
        prefix,
        prefix + "\U0010ffff",
    )
    machines, now = list(map(_machine, rows)), tx.now
    endpoints = {machine.endpoint for machine in machines if machine.endpoint}
    holders = {endpoint: endpoint_holder(tx, endpoint) for endpoint in endpoints}
    return [
        VirtualMachine(
            name=machine.name,
            uuid=machine.uuid,
            folder=machine.folder,
            powered_on=machine.powered_on,
            addresses=_shown(machine, holders.get(machine.endpoint), now),
        )
        for machine in machines
    ]


# What vCenter calls the tasks that lead to these events.
TASKS = {
    "made": "VirtualMachine.clone",
    "destroyed": "VirtualMachine.destroy",
    "powered off": "VirtualMachine.powerOff",
    "powered on": "VirtualMachine.powerOn",
}


def tasks(tx: Tx) -> list[VCenterTask]:
    """Return the tasks that all events of virtual machines came from, the newest last."""
    user = tx.text(inventory.USERNAME)
    return [
        VCenterTask(TASKS.get(event, event), name, "success", user, queued_at=at, ended_at=at)
        for at, event, name in tx.all("SELECT at, event, name FROM vm_events ORDER BY number")
    ]


def _shown(machine: Machine, holder: Machine | None, now: float) -> tuple[str, ...]:
    """Return the addresses that a machine shows now, with the cluster's if it holds that."""
    if not machine.powered_on or machine.booted_at > now:
        return ()
    held = (machine.endpoint,) if holder is not None and holder.uuid == machine.uuid else ()
    return (*machine.addresses, *held)


def endpoint_holder(tx: Tx, host: str) -> Machine | None:
    """Return the control-plane machine that answers at a cluster's address, or None."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM vms WHERE endpoint = ? AND ? != '' AND powered_on"  # noqa: S608
        " AND NOT never_joins AND joined_at <= ? ORDER BY joined_at, uuid LIMIT 1",
        host,
        host,
        tx.now,
    )
    return None if row is None else _machine(row)


def _lease(tx: Tx, uuid: str) -> str:
    """Return a free address of the DHCP range."""
    usable = DHCP.num_addresses - 2
    for _ in range(usable):
        host = str(DHCP[1 + (tx.count("dhcp") - 1) % usable])
        if tx.run("INSERT OR IGNORE INTO addresses VALUES (?, ?)", host, uuid):
            return host
    return ""  # the range is exhausted: the machine boots without an address


def _record(tx: Tx, event: str, machine: Machine) -> None:
    tx.run(
        "INSERT INTO vm_events (at, event, name, uuid, cluster) VALUES (?, ?, ?, ?, ?)",
        tx.now,
        event,
        machine.name,
        machine.uuid,
        machine.cluster,
    )
