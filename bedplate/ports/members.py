"""The members of etcd on a cluster's control plane, worked on where they run.

This works while the cluster's API server is down: machines are named by the infrastructure, and
what is known of a member is read on its machine.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.ports.backups import Backup
from bedplate.ports.effect import effect


class MemberState(enum.StrEnum):
    """How a member and the API server beside it are."""

    RUNNING = "running"
    STOPPING = "stopping"
    """They are not to run, and one of them still does."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class MemberMachine:
    """A control-plane machine as the infrastructure has it; `addresses` are tried in this order."""

    name: str
    uuid: str
    addresses: tuple[str, ...]

    @property
    def identity(self) -> str:
        """Return what the journal says of it."""
        return self.name


@dataclass(frozen=True, slots=True)
class Member:
    """A member as its machine has it.

    `name` and `peer` are what other members know it by; `kubernetes` is the API server's version,
    `authority` the certificate (PEM) of the cluster's own authority. `restored` is the restoration
    that its data came from, empty where there was none.
    """

    name: str
    peer: str
    kubernetes: str
    authority: str
    state: MemberState
    restored: str = ""


@dataclass(frozen=True, slots=True)
class Restoration:
    """A snapshot put back: its id, where the snapshot is, and every member's peer URL by name.

    The id names the new etcd cluster, the data that it replaces, and the members that it reached.
    """

    id: str
    snapshot: Backup
    peers: Mapping[str, str]

    @property
    def identity(self) -> str:
        """Return what the journal says of it."""
        return self.id


class Members(Protocol):
    """The control-plane machines of one cluster.

    TemporaryError: MACHINE_UNREACHABLE, DISK_FULL. PermanentError: AUTH_DENIED, MACHINE_CHANGED
    (another machine answers in its place), MACHINE_COMMAND, MEMBER_UNKNOWN (no etcd is set up
    there).
    """

    def see(self, machine: MemberMachine) -> Member:
        """Return the member as it is now."""
        ...

    def healthy(self, machine: MemberMachine) -> Sequence[str]:
        """Return the names of the members that the one on this machine finds healthy, sorted."""
        ...

    @effect("machine")
    def stop(self, machine: MemberMachine) -> None:
        """Have etcd and the API server of a machine not run; both end a little later."""
        ...

    @effect("machine", "restoration")
    def restore(self, machine: MemberMachine, restoration: Restoration) -> None:
        """Give a stopped member the snapshot's data, all at once; what it had is kept beside it.

        One that has it already is success. Raises PermanentError MEMBER_RUNNING.
        """
        ...

    @effect("machine")
    def start(self, machine: MemberMachine) -> None:
        """Have etcd and the API server run again; those that do are success."""
        ...
