"""Templates made from OVA archives, and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bedplate.adapters.vsphere import folders, tagging
from bedplate.adapters.vsphere.api import make, vim, vmodl
from bedplate.adapters.vsphere.inventory import PLACES, TEMPLATE, Tree
from bedplate.adapters.vsphere.lease import upload
from bedplate.adapters.vsphere.ova import Ova, fetched, networks_of
from bedplate.adapters.vsphere.properties import Row, read_all, read_these, reference_of
from bedplate.adapters.vsphere.session import Session
from bedplate.adapters.vsphere.tasks import finish
from bedplate.adapters.vsphere.wire import Wire
from bedplate.errors import Owner, PermanentError
from bedplate.ports.vcenter import Inventory, TemplateSource

KIB_OF_GIB = 1 << 20
SNAPSHOT = "root"  # linked clones begin there


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import goes: objects of the inventory."""

    folder: Any
    pool: Any
    datastore: Any
    network: Any


def ensure(session: Session, source: TemplateSource) -> None:
    """Make a template unless it is there; what an interrupted import left is removed first."""
    tree = session.run(lambda content: Tree(read_all(content, PLACES)))
    there = _machine_at(tree, source.path)
    if there is not None and not there.get("config.template"):
        _remove_own(session, there, source)
        there = None
    if there is None:
        access = session.access
        place = _place(tree, session, source)
        with fetched(source.uri, source.sha256, access.state, access.patience) as ova:
            template = session.run(lambda content: _import(content, session, source, place, ova))
    elif _is_own(session, there, source):
        template = there.thing
    else:
        return  # somebody's own template: theirs to tag
    tagging.ensure(session.rest, reference_of(template), source.tags)


def delete(session: Session, path: str) -> None:
    """Delete a template; a machine that is none is left alone."""

    def do(content: vim.ServiceInstanceContent) -> None:
        there = _machine_at(Tree(read_all(content, PLACES)), path)
        if there is None or not there.get("config.template"):
            return
        try:
            finish(there.thing.Destroy_Task(), session.access.long)
        except vmodl.fault.ManagedObjectNotFound:
            return

    session.run(do)


def _machine_at(tree: Tree, path: str) -> Row | None:
    found = [row for row in tree.at(path) if isinstance(row.thing, vim.VirtualMachine)]
    return found[0] if found else None


def _mark(source: TemplateSource) -> str:
    return f"imported by Bedplate, sha256:{source.sha256.lower()}"


def _is_own(session: Session, row: Row, source: TemplateSource) -> bool:
    found = session.run(lambda content: read_these(content, [row.thing], TEMPLATE))
    return bool(found) and _mark(source) in found[0].get("config.annotation", "")


def _remove_own(session: Session, row: Row, source: TemplateSource) -> None:
    if not _is_own(session, row, source):
        raise PermanentError(
            "INVENTORY_TAKEN",
            f"{source.path} is a virtual machine that Bedplate has not made",
            why="the template goes there",
            remedy="rename or move it, or choose another path for the template",
            owner=Owner.VSPHERE,
        )
    session.run(lambda _: finish(row.thing.Destroy_Task(), session.access.long))


def _place(tree: Tree, session: Session, source: TemplateSource) -> Place:
    wanted: Mapping[Inventory, tuple[str, type[Any]]] = {
        Inventory.RESOURCE_POOL: (source.resource_pool, vim.ResourcePool),
        Inventory.DATASTORE: (source.datastore, vim.Datastore),
        Inventory.NETWORK: (source.network, vim.Network),
    }
    found = {}
    for kind, (path, what) in wanted.items():
        rows = [row for row in tree.at(path) if isinstance(row.thing, what)]
        if not rows:
            raise PermanentError(
                "INVENTORY_MISSING",
                f"there is no {kind.value} {path}",
                why=f"the template {source.path} is made there",
                remedy="correct the machine configuration: preflight names what is there",
                owner=Owner.SPEC_AUTHOR,
            )
        found[kind] = rows[0].thing
    parent = source.path.rpartition("/")[0]
    return Place(
        folder=session.run(lambda content: folders.ensure(content, parent)),
        pool=found[Inventory.RESOURCE_POOL],
        datastore=found[Inventory.DATASTORE],
        network=found[Inventory.NETWORK],
    )


def _import(
    content: vim.ServiceInstanceContent,
    session: Session,
    source: TemplateSource,
    place: Place,
    ova: Ova,
) -> Any:  # noqa: ANN401 - the machine
    access = session.access
    result = _import_spec(content, source, place, ova.description())
    spec = result.importSpec
    said = spec.configSpec.annotation
    spec.configSpec.annotation = "\n".join(part for part in (said, _mark(source)) if part)
    lease = place.pool.ImportVApp(spec, place.folder)
    machine = upload(lease, list(result.fileItem), ova, Wire.to(access), access.long)
    _enlarge(machine, source.disk_gib, access.long)
    take = machine.CreateSnapshot_Task(name=SNAPSHOT, description="", memory=False, quiesce=False)
    finish(take, access.long)
    machine.MarkAsTemplate()
    return machine


def _import_spec(
    content: vim.ServiceInstanceContent, source: TemplateSource, place: Place, ovf: str
) -> Any:  # noqa: ANN401 - a data object
    manager = content.ovfManager
    assert manager is not None  # noqa: S101 - every vCenter has one
    networks = [
        make(vim.OvfManager.NetworkMapping, name=name, network=place.network)
        for name in networks_of(ovf)
    ]
    wishes = make(
        vim.OvfManager.CreateImportSpecParams,
        entityName=source.path.rpartition("/")[2],
        diskProvisioning="thin",
        networkMapping=networks,
    )
    result = manager.CreateImportSpec(ovf, place.pool, place.datastore, wishes)
    if result.error or result.importSpec is None:
        names = ", ".join(sorted({type(one).__name__.rpartition(".")[2] for one in result.error}))
        raise PermanentError(
            "IMAGE_INVALID",
            f"vCenter cannot import {source.uri}: {names or 'it makes no machine of it'}",
            why="its description asks for what this vCenter does not have",
            remedy="see the OVF document in the archive, and the hosts' hardware versions",
            owner=Owner.VSPHERE,
        )
    return result


def _enlarge(machine: Any, gib: int, patience: float) -> None:  # noqa: ANN401 - a machine
    """Give the machine `gib` of disk altogether: the last disk, which holds data, gets the rest."""
    disks = [
        device
        for device in machine.config.hardware.device
        if isinstance(device, vim.vm.device.VirtualDisk)
    ]
    lacking = gib * KIB_OF_GIB - sum(disk.capacityInKB for disk in disks)
    if not disks or lacking <= 0:
        return
    last: Any = disks[-1]
    last.capacityInKB += lacking
    last.capacityInBytes = last.capacityInKB * 1024
    operation = vim.vm.device.VirtualDeviceSpec.Operation.edit
    change = make(vim.vm.device.VirtualDeviceSpec, operation=operation, device=last)
    spec = make(vim.vm.ConfigSpec, deviceChange=[change])
    finish(machine.ReconfigVM_Task(spec), patience)
