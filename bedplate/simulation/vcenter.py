"""The vCenter of a simulated world behind the `VCenter` port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from bedplate.errors import Owner, PermanentError
from bedplate.ports.vault import OverlaidVault, Vault
from bedplate.ports.vcenter import (
    About,
    InventoryObject,
    Login,
    Snapshot,
    TemplateSource,
    VCenterTask,
    VirtualMachine,
)
from bedplate.simulation import arrangement, inventory, templates, vms
from bedplate.simulation.store import Tx
from bedplate.simulation.world import World

ROOT = "/"


class SimulatedVCenter:
    """A vCenter with one datacenter; logs in with what the vault holds."""

    def __init__(self, world: World, vault: Vault) -> None:
        self._world = world
        self._vault = vault

    def about(self) -> About:
        """Return version and certificate; needs no login."""
        with self._world.snapshot() as tx:
            found = arrangement.arranged(tx)
        return About(found.version, found.thumbprint, found.trusted)

    def login(self) -> Login:
        """Log in, and say as whom; raises AUTH_DENIED."""
        with self._world.snapshot() as tx:
            user, found = self._login(tx), arrangement.arranged(tx)
            return Login(user, tx.now + found.ahead, found.sessions)

    def as_user(self, username: str, password: str) -> SimulatedVCenter:
        """Return the same vCenter as somebody else is let in."""
        login = {inventory.USERNAME: username, inventory.PASSWORD: password}
        return SimulatedVCenter(self._world, OverlaidVault(login))

    def look(self) -> Snapshot:
        """Return the inventory."""
        with self._session(self._world.snapshot()) as tx:
            objects, found = inventory.everything(tx), arrangement.arranged(tx)
            return Snapshot(
                objects=objects,
                machines=tuple(vms.listed(tx, "")),
                pools=found.pools,
                tags={name: arrangement.tag_id(name) for name in _tags(objects, found.tags)},
                privileges=found.privileges,
            )

    def missing_privileges(
        self, wanted: Mapping[str, frozenset[str]]
    ) -> Mapping[str, frozenset[str]]:
        """Return, by full inventory path, the wanted privileges that the user does not hold."""
        with self._session(self._world.snapshot()) as tx:
            found = arrangement.arranged(tx)
            places = {item.path for item in inventory.everything(tx)} | {ROOT}
        if unknown := wanted.keys() - places:
            raise _not_found(unknown)
        lacking = {
            path: privileges & found.privileges & found.denied.get(path, frozenset())
            for path, privileges in wanted.items()
        }
        return {path: privileges for path, privileges in lacking.items() if privileges}

    def virtual_machines(self, prefix: str) -> Sequence[VirtualMachine]:
        """Return the virtual machines whose name begins with `prefix`, sorted by name."""
        with self._session(self._world.snapshot()) as tx:
            return vms.listed(tx, prefix)

    def tasks(self) -> Sequence[VCenterTask]:
        """Return what was ever done to virtual machines, the newest last."""
        with self._session(self._world.snapshot()) as tx:
            return vms.tasks(tx)

    def create_folder(self, path: str) -> None:
        """Create a virtual machine folder and its parents; one that exists is success."""
        with self._session(self._world.transaction()) as tx:
            inventory.create_folder(tx, path)

    def delete_folder(self, path: str) -> None:
        """Delete an empty folder; one that is gone is success, one in use is left alone."""
        with self._session(self._world.transaction()) as tx:
            inventory.delete_folder(tx, path)

    def import_template(self, source: TemplateSource) -> None:
        """Import an archive as a template with its tags; one that is there is success."""
        with self._session(self._world.transaction()) as tx:
            templates.import_template(tx, source)

    def delete_template(self, path: str) -> None:
        """Delete a template; one that is gone is success."""
        with self._session(self._world.transaction()) as tx:
            templates.delete_template(tx, path)

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


def _tags(objects: Sequence[InventoryObject], others: Sequence[str]) -> frozenset[str]:
    """Every tag that something carries, and those that nothing does."""
    return frozenset(others).union(*(item.tags for item in objects))


def _not_found(paths: set[str]) -> PermanentError:
    return PermanentError(
        "INVENTORY_MISSING",
        f"nothing in vCenter is at {', '.join(sorted(paths))}",
        why="whether the user may work there cannot be asked",
        remedy="correct the path",
        owner=Owner.SPEC_AUTHOR,
    )
