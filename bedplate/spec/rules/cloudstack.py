"""Rules about the CloudStack kinds."""

from __future__ import annotations

import re

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.cloudstack_datacenter import (
    AvailabilityZone,
    CloudStackDatacenterConfig,
)
from bedplate.spec.models.cloudstack_machine import CloudStackMachineConfig
from bedplate.spec.names import spelled

AFFINITIES = ("pro", "anti", "no")
# fmt: off
RESERVED_DETAILS = frozenset(
    {
        "boot.mode", "configDriveLocation", "configurationId", "controlNodeLoginUser",
        "cpu.corespersocket", "cpuNumber", "cpuOvercommitRatio", "cpuSpeed", "dataDiskController",
        "deployvm", "disk", "diskOffering", "Encrypted.Password", "firmware",
        "hypervisortoolsversion", "ip4Address", "ip6Address", "keyboard", "keypairnames",
        "kvm.vnc.address", "kvm.vnc.port", "memory", "memoryOvercommitRatio",
        "Message.ReservedCapacityFreed.Flag", "nameonhypervisor", "nestedVirtualizationFlag",
        "network", "nic", "nicAdapter", "password", "platform", "ramReservation",
        "rootDiskController", "rootdisksize", "smc.present", "SSH.KeyPairNames", "SSH.PublicKey",
        "svga.vramSize", "timeoffset", "video.hardware", "video.ram",
    }
)
# fmt: on
"""Details of a machine that CloudStack keeps for itself."""

_PATH = re.compile(r"/[a-zA-Z0-9._/-]*[a-zA-Z0-9._-]")


def datacenter_zones(config: CloudStackDatacenterConfig) -> Findings:
    """There is an availability zone, and every one is complete and has a name of its own."""
    zones = config.spec.availability_zones
    if not zones:
        yield Finding("spec.availabilityZones", "is empty", "at least one availability zone")
    seen: set[str] = set()
    for index, zone in enumerate(zones):
        field = f"spec.availabilityZones[{index}]"
        yield from _zone(zone, field)
        if zone.name and zone.name in seen:
            said = f"an availability zone above is already named {zone.name!r}"
            yield Finding(f"{field}.name", said, "a name of its own")
        seen.add(zone.name)


def _zone(zone: AvailabilityZone, field: str) -> Findings:
    for name in ("name", "credentials_ref", "domain", "management_api_endpoint"):
        if not getattr(zone, name):
            yield Finding(f"{field}.{spelled(name)}", "is empty", "needed in an availability zone")
    if not (zone.zone.id or zone.zone.name):
        yield Finding(f"{field}.zone", "has neither id nor name", "the one or the other")
    if not (zone.zone.network.id or zone.zone.network.name):
        yield Finding(f"{field}.zone.network", "has neither id nor name", "the one or the other")


def machine_offerings(config: CloudStackMachineConfig) -> Findings:
    """Size and template are named: CloudStack has none by default."""
    spec = config.spec
    for field, given in (
        ("computeOffering", spec.compute_offering),
        ("template", spec.template),
    ):
        if not (given.id or given.name):
            yield Finding(f"spec.{field}", "has neither id nor name", "the one or the other")


def machine_disk(config: CloudStackMachineConfig) -> Findings:
    """A disk is complete: it has an offering and a place."""
    disk = config.spec.disk_offering
    if disk is None:
        return
    field = "spec.diskOffering"
    settings = {
        "mountPath": disk.mount_path,
        "filesystem": disk.filesystem,
        "device": disk.device,
        "label": disk.label,
    }
    if not (disk.id or disk.name):
        if any(settings.values()):
            yield Finding(field, "has neither id nor name", "the one or the other")
        return
    for name, text in settings.items():
        if not text:
            yield Finding(f"{field}.{name}", "is empty", "needed with a disk")
    if disk.mount_path and not (disk.mount_path.startswith("/") and len(disk.mount_path) > 1):
        said = f"{disk.mount_path!r} is no place for a disk"
        yield Finding(f"{field}.mountPath", said, "a folder, as /data-small")


def machine_details(config: CloudStackMachineConfig) -> Findings:
    """Details of one's own do not stand in the way of CloudStack's."""
    for name in config.spec.user_custom_details:
        if name in RESERVED_DETAILS:
            said = "belongs to CloudStack or has a field of its own"
            yield Finding(f"spec.userCustomDetails.{name}", said, "another name")


def machine_symlinks(config: CloudStackMachineConfig) -> Findings:
    """Links lead from one absolute path to another."""
    allowed = "an absolute path of letters, digits, -, _ and ."
    for source, target in config.spec.symlinks.items():
        for path in (source, target):
            if not _PATH.fullmatch(path):
                yield Finding(f"spec.symlinks.{source}", f"{path!r} is not a path", allowed)


def machine_affinity(config: CloudStackMachineConfig) -> Findings:
    """Machines are kept together or apart in one way."""
    affinity = config.spec.affinity
    if affinity and config.spec.affinity_group_ids:
        said = "affinity and affinityGroupIds are both set"
        yield Finding("spec.affinityGroupIds", said, "one of the two")
    if affinity and affinity not in AFFINITIES:
        said = f"{affinity!r} is not an affinity"
        yield Finding("spec.affinity", said, "one of " + ", ".join(AFFINITIES))
