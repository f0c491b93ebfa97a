"""What a simulated vCenter is like beyond its inventory, and what can be done to all of it.

Its user may do everything, its clock is right and its certificate is its own, until somebody says
otherwise with the functions below.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from bedplate.ports.vcenter import AddressPool, Inventory, InventoryObject
from bedplate.providers.vsphere.privileges import EVERY_PRIVILEGE
from bedplate.simulation import inventory
from bedplate.simulation.store import Tx
from bedplate.simulation.vms import Role
from bedplate.simulation.world import World

# Under this name the world keeps what differs from the usual, as JSON.
KEPT = "vcenter/arrangement"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What differs from the usual.

    `ahead` is how many seconds the clock is ahead of the world's; `sessions` how many are open,
    None where the user may not see them. `denied` holds privileges by path, `forgotten` those that
    this version does not know, `tags` the names of tags that nothing carries.
    """

    version: str = inventory.VCENTER_VERSION
    thumbprint: str = inventory.THUMBPRINT
    trusted: bool = False
    ahead: float = 0.0
    sessions: int | None = None
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    pools: tuple[AddressPool, ...] = ()

    @property
    def privileges(self) -> frozenset[str]:
        """Return every privilege that this version knows."""
        return EVERY_PRIVILEGE - self.forgotten


def arranged(tx: Tx) -> Arrangement:
    """Return what the vCenter is like."""
    text = tx.text(KEPT)
    if not text:
        return Arrangement()
    kept = json.loads(text)
    return Arrangement(
        **{
            **kept,
            "denied": {path: frozenset(names) for path, names in kept["denied"].items()},
            "forgotten": frozenset(kept["forgotten"]),
            "tags": tuple(kept["tags"]),
            "pools": tuple(map(_pool, kept["pools"])),
        }
    )


def _pool(kept: Mapping[str, object]) -> AddressPool:
    networks, ranges = kept["networks"], kept["ranges"]
    assert isinstance(networks, list)  # noqa: S101 - for mypy: we wrote it
    assert isinstance(ranges, list)  # noqa: S101 - for mypy: we wrote it
    changes = {"networks": tuple(networks), "ranges": tuple((a, b) for a, b in ranges)}
    return AddressPool(**{**kept, **changes})  # type: ignore[arg-type]


def tag_id(name: str) -> str:
    """Return a tag's id, which always is the same."""
    return f"urn:vmomi:InventoryServiceTag:{hashlib.sha256(name.encode()).hexdigest()[:32]}:GLOBAL"


# -- what can be done to it ----------------------------------------------------------------------


def arrange(world: World, **changes: object) -> None:
    """Let the vCenter be so; keywords are the fields of `Arrangement`."""
    with world.transaction() as tx:
        made = replace(arranged(tx), **changes)  # type: ignore[arg-type]
        text = json.dumps(asdict(made), default=sorted)
        tx.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", KEPT, text)


def deny(world: World, path: str, *privileges: str) -> None:
    """Take privileges on one object from the user; `/` is the root."""
    with world.snapshot() as tx:
        denied = dict(arranged(tx).denied)
    arrange(world, denied={**denied, path: denied.get(path, frozenset()) | set(privileges)})


def forget_privileges(world: World, privileges: Iterable[str]) -> None:
    """Let this be a version of vCenter that has never heard of some privileges."""
    arrange(world, forgotten=frozenset(privileges))


def add_object(world: World, item: InventoryObject) -> None:
    """Put an object into the inventory, in the place of one at its path."""
    with world.transaction() as tx:
        inventory.put(tx, item)


def change_object(world: World, kind: Inventory, path: str, **changes: object) -> None:
    """Change the one object of a kind at a path."""
    with world.transaction() as tx:
        (found,) = inventory.find(tx, kind, path)
        inventory.put(tx, replace(found, **changes))  # type: ignore[arg-type]


def remove_object(world: World, path: str) -> None:
    """Take an object out of the inventory."""
    with world.transaction() as tx:
        inventory.remove(tx, path)


def add_machine(world: World, path: str, *addresses: str) -> None:
    """Put somebody's virtual machine into the inventory: it runs and shows these addresses."""
    folder, _, name = path.rpartition("/")
    values = {
        "uuid": tag_id(path),
        "instance": "",
        "name": name,
        "folder": folder,
        "pool": inventory.POOL,
        "datastore": inventory.DATASTORE,
        "cluster": "",
        "role": Role.WORKER.value,
        "ca": "",
        "endpoint": "",
        "addresses": json.dumps(addresses),
        "cpus": 0,
        "memory_mib": 0,
        "disk_gib": 0,
        "powered_on": True,
    }
    with world.transaction() as tx:
        times = dict.fromkeys(("made_at", "cloned_at", "booted_at", "joined_at"), tx.now)
        row = {**values, **times}
        marks = ", ".join("?" * len(row))
        tx.run(f"INSERT INTO vms ({', '.join(row)}) VALUES ({marks})", *row.values())  # noqa: S608
