"""The vCenter of a simulated world behind the `VCenter` port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from bedplate.adapters.files import FileVault
from bedplate.errors import Owner, PermanentError
from bedplate.ports.vcenter import About, Inventory, InventoryObject, VirtualMachine
from bedplate.simulation import inventory, vms
from bedplate.simulation.store import Tx
from bedplate.simulation.world import World


class SimulatedVCenter:
    """A vCenter with one datacenter; logs in with what the vault holds."""

    def __init__(self, world: World, vault: FileVault) -> None:
        self._world = world
        self._vault = vault

    def about(self) -> About:
        """Return version and certificate thumbprint; needs no login."""
        return About(inventory.VCENTER_VERSION, inventory.THUMBPRINT)

    def login(self) -> str:
        """Log in and return the user's name; raises AUTH_DENIED."""
        with self._world.snapshot() as tx:
            return self._login(tx)

    def find(self, kind: Inventory, path: str) -> Sequence[InventoryObject]:
        """Return the objects of a kind at a path; more than one where the path is ambiguous."""
        with self._session(self._world.snapshot()) as tx:
            return inventory.find(tx, kind, path)

    def virtual_machines(self, prefix: str) -> Sequence[VirtualMachine]:
        """Return the virtual machines whose name begins with `prefix`, sorted by name."""
        with self._session(self._world.snapshot()) as tx:
            return vms.listed(tx, prefix)

    def create_folder(self, path: str) -> None:
        """Create a virtual machine folder and its parents; one that exists is success."""
        with self._session(self._world.transaction()) as tx:
            inventory.create_folder(tx, path)

    def delete_folder(self, path: str) -> None:
        """Delete an empty folder; one that is gone is success, one in use is left alone."""
        with self._session(self._world.transaction()) as tx:
            inventory.delete_folder(tx, path)

    @contextmanager
    def _session(self, opened: AbstractContextManager[Tx]) -> Iterator[Tx]:
        with opened as tx:
            self._login(tx)
            yield tx

    def _login(self, tx: Tx) -> str:
        user, password = self._vault.get(inventory.USERNAME), self._vault.get(inventory.PASSWORD)
        if not inventory.is_known(tx, user, password):
            raise PermanentError(
                "AUTH_DENIED",
                f"vCenter does not let {user or 'nobody'} in",
                why="user name or password is wrong",
                remedy=f"correct {inventory.USERNAME!r} and {inventory.PASSWORD!r} in the vault",
                owner=Owner.VSPHERE,
            )
        return str(user)
