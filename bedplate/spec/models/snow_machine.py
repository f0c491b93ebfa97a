"""The SnowMachineConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import MachineObject, OSFamily, Ref
from bedplate.spec.models.host_os import HostOSConfiguration
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Flag, Text, Texts, Whole


class NetworkConnector(Choice):
    """The physical port that a device's network interfaces use."""

    SFP_PLUS = "SFP_PLUS"
    QSFP = "QSFP"
    RJ45 = "RJ45"


class VolumeType(Choice):
    """Disks for capacity, or for speed."""

    HDD = "sbp1"
    SSD = "sbg1"


class Volume(Model):
    """A disk; size in GiB."""

    device_name: Text = ""
    size: Whole = 0
    type: VolumeType | None = None


class NetworkInterface(Model):
    """A direct network interface; its address comes from DHCP or from a pool."""

    index: Whole | None = None
    vlan_id: Whole | None = None
    dhcp: Flag = False
    ip_pool_ref: Ref | None = None
    primary: Flag = False


class SnowNetwork(Model):
    """A machine's network interfaces."""

    direct_network_interfaces: tuple[NetworkInterface, ...] = ()


class SnowMachineSettings(Model):
    """The `spec` of a SnowMachineConfig."""

    ami_id: Text = ""
    instance_type: Text = ""
    physical_network_connector: NetworkConnector | None = None
    ssh_key_name: Text = ""
    devices: Texts = ()
    containers_volume: Volume | None = None
    non_root_volumes: tuple[Volume, ...] = ()
    os_family: OSFamily | None = None
    network: SnowNetwork = Field(default_factory=SnowNetwork)
    host_os_configuration: HostOSConfiguration | None = None


class SnowMachineConfig(MachineObject):
    """How the machines of one group are made on Snow devices."""

    KIND: ClassVar[str] = "SnowMachineConfig"
    spec: SnowMachineSettings = Field(default_factory=SnowMachineSettings)
