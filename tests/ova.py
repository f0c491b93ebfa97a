"""A small OVA archive: one machine with two disks and a network card."""

import hashlib
import io
import tarfile
from pathlib import Path

CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2"
OVF = "http://schemas.dmtf.org/ovf/envelope/1"

ITEM = """
      <Item>
        <rasd:InstanceID>{number}</rasd:InstanceID>
        <rasd:ElementName>{name}</rasd:ElementName>
        <rasd:ResourceType>{kind}</rasd:ResourceType>{more}
      </Item>"""


def make_ova(path: Path, gib: tuple[int, ...] = (2, 20), annotation: str = "") -> str:
    """Write an archive; returns its SHA-256."""
    disks = {f"disk{number}": size for number, size in enumerate(gib, 1)}
    files = {"machine.ovf": description(disks, annotation).encode()}
    files |= {f"{disk}.vmdk": f"the bytes of {disk}".encode() * 1000 for disk in disks}
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def description(disks: dict[str, int], annotation: str) -> str:
    """Return the OVF document."""
    references = "".join(
        f'<File ovf:href="{disk}.vmdk" ovf:id="file-{disk}" ovf:size="16"/>' for disk in disks
    )
    listed = "".join(
        f'<Disk ovf:capacity="{size}" ovf:capacityAllocationUnits="byte * 2^30"'
        f' ovf:diskId="{disk}" ovf:fileRef="file-{disk}"/>'
        for disk, size in disks.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="{OVF}" xmlns:ovf="{OVF}"
    xmlns:rasd="{CIM}/CIM_ResourceAllocationSettingData"
    xmlns:vssd="{CIM}/CIM_VirtualSystemSettingData">
  <References>{references}</References>
  <DiskSection><Info>Disks</Info>{listed}</DiskSection>
  <NetworkSection><Info>Networks</Info>
    <Network ovf:name="VM Network"><Description>One</Description></Network>
  </NetworkSection>
  <VirtualSystem ovf:id="machine"><Info>A machine</Info>
    <AnnotationSection><Info>A note</Info><Annotation>{annotation}</Annotation></AnnotationSection>
    <OperatingSystemSection ovf:id="94"><Info>Linux</Info></OperatingSystemSection>
    <VirtualHardwareSection><Info>Hardware</Info>
      <System>
        <vssd:ElementName>Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemType>vmx-15</vssd:VirtualSystemType>
      </System>{"".join(items(list(disks)))}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
"""


def items(disks: list[str]) -> list[str]:
    """Return the hardware: processors, memory, a controller, a network card, the disks."""
    quantity = "<rasd:VirtualQuantity>{}</rasd:VirtualQuantity>"
    sub = "<rasd:ResourceSubType>{}</rasd:ResourceSubType>"
    card = sub.format("VmxNet3") + "<rasd:Connection>VM Network</rasd:Connection>"
    rows = [
        ("processors", 3, quantity.format(2)),
        ("memory", 4, quantity.format(2048)),
        ("controller", 6, sub.format("VirtualSCSI")),
        ("network", 10, card),
    ]
    rows += [
        (
            disk,
            17,
            f"<rasd:HostResource>ovf:/disk/{disk}</rasd:HostResource><rasd:Parent>3</rasd:Parent>",
        )
        for disk in disks
    ]
    return [
        ITEM.format(number=number, name=name, kind=kind, more=more)
        for number, (name, kind, more) in enumerate(rows, 1)
    ]
