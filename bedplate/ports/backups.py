"""Where a site keeps backups of a cluster, and the way in which etcd's contents get there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.ports.effect import effect


@dataclass(frozen=True, slots=True)
class Backup:
    """One file of a backup as it is there now: where, how many bytes, and their digest."""

    where: str
    size: int
    sha256: str


class Backups(Protocol):
    """A cluster's backups by name, such as `upgrade-3f2a/etcd`; they hold secrets, like a vault.

    Raises TemporaryError DISK_FULL, and for etcd ETCD_UNREACHABLE (temporary) or ETCD_SNAPSHOT.
    """

    @effect("name")
    def save_etcd(self, name: str) -> None:
        """Keep a snapshot of the cluster's etcd under a name, at once or not at all."""
        ...

    @effect("name")
    def keep(self, name: str, text: str) -> None:
        """Keep a text under a name, at once or not at all."""
        ...

    def kept(self) -> Sequence[str]:
        """Return the names of the backups, sorted; each has its files below its name."""
        ...

    def read(self, name: str) -> str | None:
        """Return the text that is kept under a name, or None."""
        ...

    def look(self, name: str) -> Backup | None:
        """Return what is kept under a name, its digest computed anew, or None."""
        ...
