"""Rules about the Snow kinds."""

from __future__ import annotations

import re

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily
from bedplate.spec.models.snow_datacenter import AddressRange, SnowDatacenterConfig, SnowIPPool
from bedplate.spec.models.snow_machine import SnowMachineConfig
from bedplate.spec.names import spelled
from bedplate.spec.rules.host_os import host_os_findings
from bedplate.spec.rules.text import address, network

SECRET = "Secret"  # noqa: S105 - the name of a kind
FAMILIES = (OSFamily.BOTTLEROCKET, OSFamily.UBUNTU)
RESERVED_DEVICE = "/dev/sda"
SMALLEST_CONTAINERS_GIB = {OSFamily.BOTTLEROCKET: 25, OSFamily.UBUNTU: 8}
SMALLEST_VOLUME_GIB = 8
MOST_INTERFACES = 8
INDEXES = range(1, 9)
VLANS = range(4096)

_INSTANCE = re.compile(r"sbe-[cg]\.[0-9]*x?large")


def datacenter_identity(config: SnowDatacenterConfig) -> Findings:
    """Credentials and certificates of the devices are in a Secret."""
    ref = config.spec.identity_ref
    if ref.kind != SECRET:
        said = f"{ref.kind!r} holds no credentials" if ref.kind else "is empty"
        yield Finding("spec.identityRef.kind", said, SECRET)
    if not ref.name:
        yield Finding("spec.identityRef.name", "is empty", "the name of the Secret")


def machine_device(config: SnowMachineConfig) -> Findings:
    """Devices and the type of instance are ones that exist."""
    spec = config.spec
    if not spec.devices:
        yield Finding("spec.devices", "is empty", "the IP address of at least one device")
    for index, device in enumerate(spec.devices):
        if not device:
            field = f"spec.devices[{index}]"
            yield Finding(field, "is empty", "the IP address of a device")
    if not _INSTANCE.fullmatch(spec.instance_type):
        said = f"{spec.instance_type!r} is not a type of instance"
        yield Finding("spec.instanceType", said, "as sbe-c.large")


def machine_system(config: SnowMachineConfig) -> Findings:
    """The operating system is one that Snow supports, with settings that fit it."""
    family = config.spec.os_family
    if family is None:
        yield Finding("spec.osFamily", "is not set", " or ".join(FAMILIES))
    elif family not in FAMILIES:
        yield Finding("spec.osFamily", f"{family} does not run on Snow", " or ".join(FAMILIES))
    yield from host_os_findings(config.spec.host_os_configuration, family)


def machine_network(config: SnowMachineConfig) -> Findings:
    """There are one to eight interfaces, of which exactly one is the primary one."""
    interfaces = config.spec.network.direct_network_interfaces
    field = "spec.network.directNetworkInterfaces"
    if not 1 <= len(interfaces) <= MOST_INTERFACES:
        yield Finding(field, f"{len(interfaces)} interfaces", f"1 to {MOST_INTERFACES}")
    primary = sum(interface.primary for interface in interfaces)
    if interfaces and primary != 1:
        yield Finding(field, f"{primary} interfaces are primary", "exactly one, primary: true")
    for index, interface in enumerate(interfaces):
        where = f"{field}[{index}]"
        if interface.index is not None and interface.index not in INDEXES:
            yield Finding(f"{where}.index", f"{interface.index} is out of range", "1 to 8")
        if interface.vlan_id is not None and interface.vlan_id not in VLANS:
            yield Finding(f"{where}.vlanID", f"{interface.vlan_id} is no VLAN", "0 to 4095")
        ref = interface.ip_pool_ref
        if ref is not None and ref.kind != SnowIPPool.KIND:
            said = f"{ref.kind!r} holds no addresses"
            yield Finding(f"{where}.ipPoolRef.kind", said, SnowIPPool.KIND)


def machine_volumes(config: SnowMachineConfig) -> Findings:
    """Disks are large enough, and none takes the place of the first one."""
    spec = config.spec
    field = "spec.containersVolume"
    least = SMALLEST_CONTAINERS_GIB.get(spec.os_family or OSFamily.UBUNTU, SMALLEST_VOLUME_GIB)
    if spec.containers_volume is None:
        if spec.os_family is OSFamily.BOTTLEROCKET:
            yield Finding(field, "is not set, and bottlerocket needs it", f"size: {least}")
    elif spec.containers_volume.size < least:
        said = f"{spec.containers_volume.size} GiB"
        yield Finding(f"{field}.size", said, f"{least} or more with {spec.os_family}")
    for index, volume in enumerate(spec.non_root_volumes):
        where = f"spec.nonRootVolumes[{index}]"
        if not volume.device_name:
            yield Finding(f"{where}.deviceName", "is empty", "as /dev/sdc")
        elif volume.device_name.startswith(RESERVED_DEVICE):
            said = f"{volume.device_name} is for the first disk and the containers"
            yield Finding(f"{where}.deviceName", said, "another name, as /dev/sdc")
        if volume.size < SMALLEST_VOLUME_GIB:
            yield Finding(f"{where}.size", f"{volume.size} GiB", f"{SMALLEST_VOLUME_GIB} or more")


def pool_ranges(config: SnowIPPool) -> Findings:
    """Every range has a first and a last address in its subnet, and a gateway."""
    for index, given in enumerate(config.spec.pools):
        yield from _range(given, f"spec.pools[{index}]")


def _range(given: AddressRange, field: str) -> Findings:
    for name in ("ip_start", "ip_end", "gateway"):
        text = getattr(given, name)
        if address(text) is None:
            said = f"{text!r} is not an IP address" if text else "is empty"
            yield Finding(f"{field}.{spelled(name)}", said, "an IP address")
    subnet = network(given.subnet)
    if subnet is None:
        said = f"{given.subnet!r} is not a network" if given.subnet else "is empty"
        yield Finding(f"{field}.subnet", said, "as 10.0.0.0/24")
    first, last = address(given.ip_start), address(given.ip_end)
    for name, end in (("ipStart", first), ("ipEnd", last)):
        if end is not None and subnet is not None and end not in subnet:
            yield Finding(f"{field}.{name}", f"{end} is not in {subnet}", "an address in it")
    if first is None or last is None:
        return
    if first.version != last.version or int(first) >= int(last):
        said = f"{last} does not come after ipStart, {first}"
        yield Finding(f"{field}.ipEnd", said, "a later address")
