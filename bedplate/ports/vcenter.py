"""A vCenter, as preflight, provider setup and the inventory proof see it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.ports.effect import effect


class Inventory(enum.StrEnum):
    """What an inventory path can name."""

    DATACENTER = "datacenter"
    NETWORK = "network"
    DATASTORE = "datastore"
    FOLDER = "folder"
    RESOURCE_POOL = "resource pool"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class About:
    """What a vCenter says of itself."""

    version: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class InventoryObject:
    """One object of the inventory: its full path, tags as `category:name`, and what it offers.

    `free_gib` is the free space of a datastore; `free_memory_mib` the memory left in a resource
    pool (None: unlimited); `disk_gib` the first disk of a template.
    """

    kind: Inventory
    path: str
    tags: frozenset[str] = frozenset()
    free_gib: float | None = None
    free_memory_mib: int | None = None
    disk_gib: int | None = None


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """A virtual machine that is not a template."""

    name: str
    uuid: str
    folder: str
    powered_on: bool
    addresses: tuple[str, ...]


class VCenter(Protocol):
    """One vCenter, logged in as the site's user on first use.

    TemporaryError: NET_UNREACHABLE, RATE_LIMITED, API_UNAVAILABLE. PermanentError: AUTH_DENIED,
    PERM_MISSING.
    """

    def about(self) -> About:
        """Return version and certificate thumbprint; needs no login."""
        ...

    def login(self) -> str:
        """Log in and return the user's name; raises AUTH_DENIED."""
        ...

    def find(self, kind: Inventory, path: str) -> Sequence[InventoryObject]:
        """Return the objects of a kind at a path; more than one where the path is ambiguous."""
        ...

    def virtual_machines(self, prefix: str) -> Sequence[VirtualMachine]:
        """Return the virtual machines whose name begins with `prefix`, sorted by name."""
        ...

    @effect("path")
    def create_folder(self, path: str) -> None:
        """Create a virtual machine folder and its parents; one that exists is success."""
        ...

    @effect("path")
    def delete_folder(self, path: str) -> None:
        """Delete an empty folder; one that is gone is success, one in use is left alone."""
        ...
