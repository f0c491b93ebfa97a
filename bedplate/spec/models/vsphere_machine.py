"""The VSphereMachineConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import MachineObject, OSFamily, User
from bedplate.spec.models.host_os import HostOSConfiguration
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Text, Texts, Whole


class CloneMode(Choice):
    """How a virtual machine's disk is made from its template."""

    FULL = "fullClone"
    LINKED = "linkedClone"


class VSphereMachineSettings(Model):
    """The `spec` of a VSphereMachineConfig; disk in GiB, memory in MiB."""

    REQUIRED = frozenset(
        {"datastore", "folder", "memory_mib", "num_cpus", "os_family", "resource_pool"}
    )
    disk_gib: Whole = 0
    datastore: Text = ""
    folder: Text = ""
    num_cpus: Whole = 0
    memory_mib: Whole = 0
    os_family: OSFamily | None = None
    resource_pool: Text = ""
    storage_policy_name: Text = ""
    networks: Texts = ()
    template: Text = ""
    users: tuple[User, ...] = ()
    tags: Texts = ()
    clone_mode: CloneMode | None = None
    host_os_configuration: HostOSConfiguration | None = None


class VSphereMachineConfig(MachineObject):
    """How the virtual machines of one group are made."""

    KIND: ClassVar[str] = "VSphereMachineConfig"
    spec: VSphereMachineSettings = Field(default_factory=VSphereMachineSettings)
