"""A vCenter, as preflight, provider setup and the inventory proof see it."""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bedplate.ports.effect import effect


class Inventory(enum.StrEnum):
    """What an inventory path can name."""

    DATACENTER = "datacenter"
    NETWORK = "network"
    DATASTORE = "datastore"
    FOLDER = "folder"
    RESOURCE_POOL = "resource pool"
    COMPUTE_CLUSTER = "compute cluster"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class About:
    """What a vCenter says of itself before anyone logs in.

    `thumbprint` is the certificate's SHA-1 as vSphere writes it (`AA:BB:…`); `trusted` says whether
    this machine would trust it without one.
    """

    version: str
    thumbprint: str
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are there. `clock` is the server's time in seconds since the epoch.

    `sessions` counts the sessions that are open, None where the user may not see them.
    """

    user: str
    clock: float
    sessions: int | None = None


@dataclass(frozen=True, slots=True)
class InventoryObject:
    """One object of the inventory, by its full path; what does not apply to its kind is unset.

    A datastore: `free_gib`. A resource pool: `free_memory_mib` (None: unlimited), `free_cpu_mhz`,
    `owner` (its compute cluster's or host's path). A compute cluster: `reaches` (the paths of the
    datastores and networks that every one of its hosts has). A template: `tags` (as the tag's own
    name, such as `os:ubuntu`), `disks_gib`, `snapshots`, `annotation`. Any: `id`, its reference.
    """

    kind: Inventory
    path: str
    id: str = ""
    tags: frozenset[str] = frozenset()
    free_gib: float | None = None
    free_memory_mib: int | None = None
    free_cpu_mhz: int | None = None
    owner: str = ""
    reaches: frozenset[str] = frozenset()
    disks_gib: tuple[float, ...] = ()
    snapshots: int = 0
    annotation: str = ""

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class AddressPool:
    """A range of addresses that vCenter knows of for a network (an IP pool).

    `subnet` is a CIDR; `ranges` are first and last addresses; `free` how many are left, None where
    it is not counted.
    """

    networks: tuple[str, ...]
    subnet: str
    dhcp: bool
    ranges: tuple[tuple[str, str], ...] = ()
    free: int | None = None


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """A virtual machine that is not a template."""

    name: str
    uuid: str
    folder: str
    powered_on: bool
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VCenterTask:
    """Something that vCenter was asked to do. Times are Unix seconds; `error` where it failed."""

    name: str
    target: str
    state: str
    user: str
    queued_at: float
    ended_at: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole inventory at one moment, read in bulk.

    `tags` are the names of all tags with their ids (`urn:…`); `privileges` every privilege that
    this version of vCenter knows.
    """

    objects: tuple[InventoryObject, ...]
    machines: tuple[VirtualMachine, ...] = ()
    pools: tuple[AddressPool, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    privileges: frozenset[str] = frozenset()

    def find(self, kind: Inventory, path: str) -> tuple[InventoryObject, ...]:
        """Return the objects of a kind at a path: a whole path, or the end of one.

        Parts may hold wildcards, as govc's finder has them (`*/Resources`).
        """
        return tuple(o for o in self.objects if o.kind is kind and is_at(o.path, path))


def is_at(found: str, path: str) -> bool:
    """Say whether a full inventory path is what `path` names."""
    parts = [part for part in path.split("/") if part]
    there = found.strip("/").split("/")
    if not parts or (len(there) != len(parts) if path.startswith("/") else len(there) < len(parts)):
        return False
    return all(map(fnmatch.fnmatchcase, there[-len(parts) :], parts))


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """Where a template comes from: an OVA's address and the SHA-256 it must have.

    The template is put at `path` on `datastore`, in `resource_pool`, on `network`, and carries
    `tags` (names such as `os:bottlerocket`, whose category is the part before the colon).
    """

    path: str
    uri: str
    sha256: str
    datastore: str
    resource_pool: str
    network: str
    disk_gib: int
    tags: tuple[str, ...]

    @property
    def identity(self) -> str:
        """Return what the journal says of it."""
        return self.path


class VCenter(Protocol):
    """One vCenter, logged in as the site's user on first use.

    TemporaryError: NET_UNREACHABLE, RATE_LIMITED, API_UNAVAILABLE. PermanentError: AUTH_DENIED,
    PERM_MISSING, TLS_UNTRUSTED, IMAGE_MISMATCH.
    """

    def about(self) -> About:
        """Return version and certificate; needs no login."""
        ...

    def login(self) -> Login:
        """Log in, and say as whom; raises AUTH_DENIED."""
        ...

    def as_user(self, username: str, password: str) -> VCenter:
        """Return the same vCenter as somebody else is let in; to look only."""
        ...

    def look(self) -> Snapshot:
        """Return the inventory; the number of calls depends on kinds, not on how many there are."""
        ...

    def missing_privileges(
        self, wanted: Mapping[str, frozenset[str]]
    ) -> Mapping[str, frozenset[str]]:
        """Return, by full inventory path (`/` is the root), the wanted privileges not held there.

        Asks in bulk. A privilege that this vCenter's version does not know is not missing.
        """
        ...

    def virtual_machines(self, prefix: str) -> Sequence[VirtualMachine]:
        """Return the virtual machines whose name begins with `prefix`, sorted by name."""
        ...

    def tasks(self) -> Sequence[VCenterTask]:
        """Return the tasks that vCenter remembers, the newest last; it forgets them after a while.

        A vCenter shows the tasks that its user may see.
        """
        ...

    @effect("path")
    def create_folder(self, path: str) -> None:
        """Create a virtual machine folder and its parents; one that exists is success."""
        ...

    @effect("path")
    def delete_folder(self, path: str) -> None:
        """Delete an empty folder; one that is gone is success, one in use is left alone."""
        ...

    @effect("source")
    def import_template(self, source: TemplateSource) -> None:
        """Import an OVA as a template with its tags; one that is whole already is success.

        What an interrupted import left is removed first. Raises IMAGE_MISMATCH where the archive's
        digest is another.
        """
        ...

    @effect("path")
    def delete_template(self, path: str) -> None:
        """Delete a template; one that is gone is success."""
        ...
