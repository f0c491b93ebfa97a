"""The NutanixMachineConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import MachineObject, OSFamily, User
from bedplate.spec.models.model import Model
from bedplate.spec.models.nutanix_datacenter import NutanixResource
from bedplate.spec.models.values import Choice, Quantity, Text, Whole


class BootType(Choice):
    """The firmware that a machine boots with."""

    LEGACY = "legacy"
    UEFI = "uefi"


class GPUIdentifierType(Choice):
    """What a GPU is found by."""

    DEVICE_ID = "deviceID"
    NAME = "name"


class GPU(Model):
    """A GPU that a machine is given."""

    REQUIRED = frozenset({"type"})
    type: GPUIdentifierType | None = None
    device_id: Whole | None = None
    name: Text = ""


class Category(Model):
    """A category of Prism Central that a machine belongs to."""

    REQUIRED = frozenset({"key", "value"})
    key: Text = ""
    value: Text = ""


class NutanixMachineSettings(Model):
    """The `spec` of a NutanixMachineConfig."""

    REQUIRED = frozenset(
        {
            "cluster",
            "image",
            "memory_size",
            "os_family",
            "subnet",
            "system_disk_size",
            "vcpu_sockets",
            "vcpus_per_socket",
        }
    )
    os_family: OSFamily | None = None
    users: tuple[User, ...] = ()
    vcpus_per_socket: Whole = 0
    vcpu_sockets: Whole = 0
    memory_size: Quantity = ""
    system_disk_size: Quantity = ""
    image: NutanixResource = Field(default_factory=NutanixResource)
    cluster: NutanixResource = Field(default_factory=NutanixResource)
    subnet: NutanixResource = Field(default_factory=NutanixResource)
    project: NutanixResource | None = None
    additional_categories: tuple[Category, ...] = ()
    gpus: tuple[GPU, ...] = ()
    boot_type: BootType | None = None


class NutanixMachineConfig(MachineObject):
    """How the Nutanix machines of one group are made."""

    KIND: ClassVar[str] = "NutanixMachineConfig"
    spec: NutanixMachineSettings = Field(default_factory=NutanixMachineSettings)
