"""The CloudStackMachineConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.cloudstack_datacenter import CloudStackResource
from bedplate.spec.models.common import MachineObject, User
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text, Texts, Whole


class DiskOffering(CloudStackResource):
    """A disk besides the first, and where it is mounted; size in GB."""

    REQUIRED = frozenset({"device", "filesystem", "label", "mount_path"})
    custom_size_in_gb: Whole | None = None
    mount_path: Text = ""
    device: Text = ""
    filesystem: Text = ""
    label: Text = ""


class CloudStackMachineSettings(Model):
    """The `spec` of a CloudStackMachineConfig."""

    REQUIRED = frozenset({"compute_offering", "template"})
    template: CloudStackResource = Field(default_factory=CloudStackResource)
    compute_offering: CloudStackResource = Field(default_factory=CloudStackResource)
    disk_offering: DiskOffering | None = None
    users: tuple[User, ...] = ()
    affinity: Text = ""
    affinity_group_ids: Texts = ()
    user_custom_details: FrozenMap[Text] = Field(default_factory=FrozenMap)
    symlinks: FrozenMap[Text] = Field(default_factory=FrozenMap)


class CloudStackMachineConfig(MachineObject):
    """How the CloudStack machines of one group are made."""

    KIND: ClassVar[str] = "CloudStackMachineConfig"
    spec: CloudStackMachineSettings = Field(default_factory=CloudStackMachineSettings)
