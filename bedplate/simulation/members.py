"""The control-plane machines of a simulated cluster, as one who logs in to them sees them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.members import Member, MemberMachine, MemberState, Restoration
from bedplate.simulation import apis, etcd, vms
from bedplate.simulation.backups import FORMAT
from bedplate.simulation.etcd import STOP_SECONDS, Touched, touch, touched
from bedplate.simulation.fields import Obj, encode, owners_of
from bedplate.simulation.store import Tx
from bedplate.simulation.vms import CONTROL_PLANE, Machine
from bedplate.simulation.world import World


class SimulatedMembers:
    """The members of one cluster of a simulated world."""

    def __init__(self, world: World, cluster: str) -> None:
        self._world = world
        self._cluster = cluster

    def see(self, machine: MemberMachine) -> Member:
        """Return the member as it is now."""
        with self._world.snapshot() as tx:
            found, was = _enter(tx, machine)
            return Member(
                name=found.name,
                peer=f"https://{found.addresses[0]}:2380",
                kubernetes=found.version,
                authority=_authority(tx, found.uuid),
                state=_state(was, tx.now),
                restored=was.restored,
            )

    def healthy(self, machine: MemberMachine) -> Sequence[str]:
        """Return the members that serve together with the one of this machine."""
        with self._world.snapshot() as tx:
            found, _ = _enter(tx, machine)
            names = etcd.working(tx, self._cluster)
            return names if found.name in names else ()

    def stop(self, machine: MemberMachine) -> None:
        """Stop it; its processes end a little later."""
        with self._world.transaction() as tx:
            found, was = _enter(tx, machine)
            if not was.stopped:
                now = replace(was, stopped=True, ends_at=tx.now + STOP_SECONDS)
                touch(tx, self._cluster, found.uuid, now)

    def restore(self, machine: MemberMachine, restoration: Restoration) -> None:
        """Replace what the API server stores by what the snapshot has."""
        with self._world.transaction() as tx:
            found, was = _enter(tx, machine)
            if was.restored == restoration.id:
                return
            if _state(was, tx.now) is not MemberState.STOPPED:
                raise _running(machine)
            self._replace(tx, restoration)
            now = replace(was, wiped=False, restored=restoration.id)
            touch(tx, self._cluster, found.uuid, now)

    def start(self, machine: MemberMachine) -> None:
        """Start it, and let the controllers look when enough of them run."""
        with self._world.transaction() as tx:
            found, was = _enter(tx, machine)
            if was.stopped:
                touch(tx, self._cluster, found.uuid, replace(was, stopped=False))
                apis.wake_managers(tx, self._cluster)

    def _replace(self, tx: Tx, restoration: Restoration) -> None:
        kept = _read(Path(restoration.snapshot.where), restoration.snapshot.sha256)
        api = apis.of_cluster(self._cluster)
        for table in ("objects", "definitions", "timers"):
            tx.run(f"DELETE FROM {table} WHERE api = ?", api)  # noqa: S608 - names of our own
        for group, kind, namespace, name, obj in kept["objects"]:
            _insert(tx, api, (group, kind, namespace, name), obj)
        for row in kept["definitions"]:
            tx.run("INSERT INTO definitions VALUES (?, ?, ?, ?, ?, ?, ?)", api, *row)
        tx.run("UPDATE apis SET garbage = 1 WHERE id = ?", api)


def _enter(tx: Tx, machine: MemberMachine) -> tuple[Machine, Touched]:
    """Return the machine and what was done to its member, as somebody who can log in."""
    found = vms.by_uuid(tx, machine.uuid)
    if found is None or not found.powered_on or found.booted_at > tx.now:
        raise TemporaryError(
            "MACHINE_UNREACHABLE",
            f"{machine.name} does not answer",
            why="etcd is worked on where it runs",
            remedy="see in vCenter whether it runs, then resume",
            owner=Owner.VSPHERE,
        )
    if found.role not in CONTROL_PLANE:
        raise PermanentError(
            "MEMBER_UNKNOWN",
            f"{machine.name} has no etcd of the control plane",
            why="only a control-plane machine has",
            remedy="name a control-plane machine",
            owner=Owner.BEDPLATE,
        )
    return found, touched(tx, found.uuid) or Touched()


def _state(was: Touched, now: float) -> MemberState:
    if not was.stopped:
        return MemberState.RUNNING
    return MemberState.STOPPED if was.ends_at <= now else MemberState.STOPPING


def _authority(tx: Tx, uuid: str) -> str:
    row = tx.one("SELECT ca FROM vms WHERE uuid = ?", uuid)
    return str(row[0]) if row else ""


def _read(file: Path, digest: str) -> Obj:
    content = file.read_bytes()
    kept: Obj = json.loads(content)
    if kept["format"] != FORMAT or hashlib.sha256(content).hexdigest() != digest:
        raise PermanentError(
            "MACHINE_COMMAND",
            f"{file} is no snapshot of a simulated etcd, or changed on its way",
            why="nothing else can be put back",
            remedy="choose another backup",
            owner=Owner.PLATFORM,
        )
    return kept


def _insert(tx: Tx, api: str, key: tuple[str, str, str, str], obj: Obj) -> None:
    owners = " ".join(str(owner.get("uid")) for owner in owners_of(obj))
    tx.run(
        "INSERT INTO objects (api, grp, kind, ns, name, uid, owners, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        api,
        *key,
        obj["metadata"]["uid"],
        owners,
        encode(obj),
    )


def _running(machine: MemberMachine) -> PermanentError:
    return PermanentError(
        "MEMBER_RUNNING",
        f"etcd or the API server of {machine.name} still runs",
        why="the data of a running member must not be replaced",
        remedy="report this; nothing was changed",
        owner=Owner.BEDPLATE,
    )
