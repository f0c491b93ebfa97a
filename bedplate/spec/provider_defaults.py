"""What EKS Anywhere fills in for datacenters and machines, of every provider."""

from __future__ import annotations

from typing import TypeAlias

from bedplate.spec import defaults
from bedplate.spec.models.cloudstack_datacenter import (
    AvailabilityZone,
    CloudStackDatacenterConfig,
    CloudStackDatacenterSettings,
)
from bedplate.spec.models.cloudstack_machine import CloudStackMachineConfig
from bedplate.spec.models.common import OSFamily, Ref
from bedplate.spec.models.docker_datacenter import DockerDatacenterConfig
from bedplate.spec.models.model import replace
from bedplate.spec.models.nutanix_datacenter import NutanixDatacenterConfig
from bedplate.spec.models.nutanix_machine import NutanixMachineConfig
from bedplate.spec.models.snow_datacenter import SnowDatacenterConfig
from bedplate.spec.models.snow_machine import NetworkConnector, SnowMachineConfig
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig
from bedplate.spec.models.tinkerbell_machine import TinkerbellMachineConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig

Datacenter: TypeAlias = (
    VSphereDatacenterConfig
    | DockerDatacenterConfig
    | TinkerbellDatacenterConfig
    | CloudStackDatacenterConfig
    | NutanixDatacenterConfig
    | SnowDatacenterConfig
)
MachineConfig: TypeAlias = (
    VSphereMachineConfig
    | TinkerbellMachineConfig
    | CloudStackMachineConfig
    | NutanixMachineConfig
    | SnowMachineConfig
)

NUTANIX_SECRET = "nutanix-credentials"  # noqa: S105 - the name of an object
NUTANIX_USER = "eksa"
CLOUDSTACK_USER = "capc"
CLOUDSTACK_CREDENTIALS = "global"
SNOW_INSTANCE_TYPE = "sbe-c.large"


def datacenter(given: Datacenter) -> Datacenter:
    """Fill in a datacenter of any provider."""
    match given:
        case VSphereDatacenterConfig():
            return defaults.vsphere_datacenter(given)
        case CloudStackDatacenterConfig():
            return cloudstack_datacenter(given)
        case NutanixDatacenterConfig():
            return nutanix_datacenter(given)
        case _:
            return given


def machine(given: MachineConfig, *, etcd: bool) -> MachineConfig:
    """Fill in machines of any provider; those of external etcd may need more memory."""
    match given:
        case VSphereMachineConfig():
            return defaults.vsphere_machine(given, etcd=etcd)
        case TinkerbellMachineConfig():
            return tinkerbell_machine(given)
        case CloudStackMachineConfig():
            return cloudstack_machine(given)
        case NutanixMachineConfig():
            return nutanix_machine(given)
        case SnowMachineConfig():
            return snow_machine(given)


def cloudstack_datacenter(given: CloudStackDatacenterConfig) -> CloudStackDatacenterConfig:
    """Make the deprecated zones availability zones, where there are none yet."""
    old = given.spec
    zones = old.availability_zones or tuple(
        AvailabilityZone(
            name=f"default-az-{index}",
            credentials_ref=CLOUDSTACK_CREDENTIALS,
            zone=zone,
            domain=old.domain,
            account=old.account,
            management_api_endpoint=old.management_api_endpoint,
        )
        for index, zone in enumerate(old.zones)
    )
    return replace(given, spec=CloudStackDatacenterSettings(availability_zones=zones))


def nutanix_datacenter(given: NutanixDatacenterConfig) -> NutanixDatacenterConfig:
    """Fill in the Secret with the user and the password."""
    ref = given.spec.credential_ref or Ref(kind="Secret", name=NUTANIX_SECRET)
    return replace(given, spec=replace(given.spec, credential_ref=ref))


def tinkerbell_machine(given: TinkerbellMachineConfig) -> TinkerbellMachineConfig:
    """Fill in the operating system."""
    family = given.spec.os_family or OSFamily.BOTTLEROCKET
    return replace(given, spec=replace(given.spec, os_family=family))


def cloudstack_machine(given: CloudStackMachineConfig) -> CloudStackMachineConfig:
    """Fill in the user."""
    filled = defaults.users(given.spec.users, CLOUDSTACK_USER)
    return replace(given, spec=replace(given.spec, users=filled))


def nutanix_machine(given: NutanixMachineConfig) -> NutanixMachineConfig:
    """Fill in the user and the operating system."""
    spec = given.spec
    family = spec.os_family or OSFamily.UBUNTU
    filled = defaults.users(spec.users, NUTANIX_USER)
    return replace(given, spec=replace(spec, users=filled, os_family=family))


def snow_machine(given: SnowMachineConfig) -> SnowMachineConfig:
    """Fill in the type of instance and the network connector."""
    spec = given.spec
    return replace(
        given,
        spec=replace(
            spec,
            instance_type=spec.instance_type or SNOW_INSTANCE_TYPE,
            physical_network_connector=spec.physical_network_connector or NetworkConnector.SFP_PLUS,
        ),
    )
