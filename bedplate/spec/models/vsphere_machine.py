"""The VSphereMachineConfig kind."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata, OSFamily, User
from bedplate.spec.models.host_os import HostOSConfiguration


class CloneMode(enum.StrEnum):
    """How a virtual machine's disk is made from its template."""

    FULL = "fullClone"
    LINKED = "linkedClone"


@dataclass(frozen=True, slots=True, kw_only=True)
class VSphereMachineSettings:
    """The `spec` of a VSphereMachineConfig; disk in GiB, memory in MiB."""

    disk_gib: int = 0
    datastore: str = ""
    folder: str = ""
    num_cpus: int = 0
    memory_mib: int = 0
    os_family: OSFamily | None = None
    resource_pool: str = ""
    storage_policy_name: str = ""
    networks: tuple[str, ...] = ()
    template: str = ""
    users: tuple[User, ...] = ()
    tags: tuple[str, ...] = ()
    clone_mode: CloneMode | None = None
    host_os_configuration: HostOSConfiguration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VSphereMachineConfig:
    """How the virtual machines of one group are made."""

    KIND: ClassVar[str] = "VSphereMachineConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: VSphereMachineSettings = VSphereMachineSettings()

    @property
    def name(self) -> str:
        """Return the object's name."""
        return self.metadata.name
