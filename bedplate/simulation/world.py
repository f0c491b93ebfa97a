"""A simulated world: its file, its time, and what tests and people may do to it.

Nothing here is a port. The ports (`kube.py`, `vcenter.py`, …) are how phases see a world; this is
how one looks behind the scenes, and how one breaks things.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bedplate.ports.vcenter import VirtualMachine
from bedplate.simulation import apis, etcd, faults, inventory, vms
from bedplate.simulation.faults import Fault
from bedplate.simulation.inventory import furnish, limit
from bedplate.simulation.manager import advance
from bedplate.simulation.objects import Objects
from bedplate.simulation.store import Store, Tx

FILE = "world.sqlite"
DEFAULT_SEED = "bedplate"


@dataclass(frozen=True, slots=True)
class VmEvent:
    """What happened to a virtual machine: "made", "destroyed", "powered off", "powered on"."""

    at: float
    event: str
    name: str
    uuid: str
    cluster: str


class World:
    """A simulated world, shared by every process that opens the same folder."""

    def __init__(self, state: Path, *, seed: str = DEFAULT_SEED) -> None:
        self.state = state
        self._store = Store(state / FILE, seed)
        with self.transaction() as tx:
            furnish(tx)

    @staticmethod
    def exists(state: Path) -> bool:
        """Say whether a folder holds a world."""
        return (state / FILE).exists()

    def transaction(self) -> AbstractContextManager[Tx]:
        """Open a transaction."""
        return self._store.transaction()

    def snapshot(self) -> AbstractContextManager[Tx]:
        """Open the world for reading."""
        return self._store.snapshot()

    def glance(self) -> AbstractContextManager[Tx]:
        """Open the world for a single statement that reads."""
        return self._store.glance()

    def now(self) -> float:
        """Return the world's time."""
        with self.glance() as tx:
            return tx.now

    def advance(self, until: float) -> None:
        """Let time pass until `until`, with all that happens on the way, in order."""
        advance(self.transaction, until)

    # -- what there is -----------------------------------------------------------------------

    def virtual_machines(self, prefix: str = "") -> Sequence[VirtualMachine]:
        """Return the virtual machines whose name begins with `prefix`."""
        with self.snapshot() as tx:
            return vms.listed(tx, prefix)

    def vm_events(self) -> Sequence[VmEvent]:
        """Return all that ever happened to virtual machines, oldest first."""
        with self.snapshot() as tx:
            rows = tx.all("SELECT at, event, name, uuid, cluster FROM vm_events ORDER BY number")
        return [VmEvent(*row) for row in rows]

    def bootstrap_clusters(self) -> Sequence[str]:
        """Return the KinD clusters that exist, sorted."""
        with self.snapshot() as tx:
            return apis.kind_names(tx)

    def credentials(self) -> tuple[str, str]:
        """Return the user name and the password that the vCenter takes."""
        with self.snapshot() as tx:
            return tx.text("vcenter/username"), tx.text("vcenter/password")

    def admit(self, username: str, password: str) -> None:
        """Let the vCenter take one more user."""
        users = {username: password}
        self._do(lambda tx: inventory.admit(tx, users))

    def change_user(self, username: str, password: str) -> None:
        """Let the vCenter take this user from now on, and none of those it took before."""
        self._do(lambda tx: inventory.change_user(tx, username, password))

    # -- what can be done to it --------------------------------------------------------------

    def inject(self, fault: Fault) -> None:
        """Make calls fail, or the world itself break, as the fault says."""
        with self.transaction() as tx:
            faults.inject(tx, fault)

    def configure(self, text: str) -> None:
        """Inject a fault from its text form, once in the life of this world."""
        with self.transaction() as tx:
            faults.configure(tx, text)

    def faults(self) -> Sequence[Fault]:
        """Return the faults that are still to happen."""
        with self.snapshot() as tx:
            return faults.pending(tx)

    def clear_faults(self, port: str = "") -> Sequence[Fault]:
        """Take back the faults of a port, or all, and return those that were still to happen.

        Machines that were not to join do so then.
        """
        with self.transaction() as tx:
            cleared = faults.clear(tx, port)
            if port in ("", "world"):
                vms.let_join(tx)
                apis.wake_all(tx)
        return cleared

    def stop_bootstrap(self, name: str = "") -> None:
        """Stop the container of a KinD cluster, or of all: its API server falls silent."""
        self._do(lambda tx: apis.stop(tx, name, stopped=apis.STOPPED))

    def start_bootstrap(self, name: str = "") -> None:
        """Start the container of a KinD cluster again, or of all."""
        self._do(lambda tx: apis.stop(tx, name, stopped=apis.RUNNING))

    def cut_off_bootstrap(self, name: str = "") -> None:
        """Leave a KinD cluster, or all, as when whoever makes it is killed on the way."""
        self._do(lambda tx: apis.stop(tx, name, stopped=apis.UNFINISHED))

    def lose_bootstrap(self, name: str = "") -> None:
        """Lose the container of a KinD cluster, or of all, with everything in it."""
        self._do(lambda tx: apis.lose(tx, name))

    def destroy_vm(self, name: str) -> None:
        """Destroy virtual machines of this name behind everybody's back."""
        self._do(lambda tx: vms.destroy_named(tx, name))

    def power_vm(self, name: str, *, on: bool) -> None:
        """Switch virtual machines of this name on or off."""
        self._do(lambda tx: vms.power_named(tx, name, on=on))

    def wipe_etcd(self, name: str) -> None:
        """Lose the data of etcd on the control-plane machines of this name."""
        self._do(lambda tx: etcd.wipe(tx, name))

    def machine_never_joins(self, prefix: str) -> None:
        """Let machines whose name begins so, and are made from now on, boot but never join."""
        self.inject(Fault("world", faults.NEVER_JOINS, prefix))

    def taken_address(self, host: str) -> None:
        """Let a stranger answer at an address."""
        self.inject(Fault("world", faults.TAKEN_ADDRESS, host))

    def silence_cluster(self, cluster: str) -> None:
        """Let the API server of a cluster answer nobody, until the faults are cleared."""
        self.inject(Fault("world", faults.SILENCE, cluster))

    def limit(self, path: str, free: float) -> None:
        """Leave so much free in a datastore (GiB) or a resource pool (MiB)."""
        self._do(lambda tx: limit(tx, path, free))

    def objects(self, api: str, group: str, kind: str) -> Sequence[dict[str, object]]:
        """Return the objects of a kind on an API server, `kind:<name>` or `cluster:<name>`."""
        with self.snapshot() as tx:
            return [*Objects(tx, api).of(group, kind)]

    def _do(self, change: Callable[[Tx], object]) -> None:
        with self.transaction() as tx:
            change(tx)
