"""Templates: there, of the right release and system, and of a size that machines can be made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bedplate.checks.check import Finding
from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.providers.vsphere.checks.lookup import only, wrong_number
from bedplate.providers.vsphere.checks.places import field_of
from bedplate.providers.vsphere.found import ROUNDING_GIB, disk_gib
from bedplate.providers.vsphere.groups import Placed, placed_groups
from bedplate.providers.vsphere.imports import (
    archive_of,
    is_left_out,
    template_path,
    wanted_tags,
)
from bedplate.providers.vsphere.reading import is_bottlerocket
from bedplate.spec import VSphereMachineConfig
from bedplate.spec.models.vsphere_machine import CloneMode

BOTTLEROCKET_DISKS: tuple[tuple[float, ...], ...] = ((22.0,), (2.0, 20.0))

BUILDER = re.compile(r"image-builder\D{0,20}?v?(\d+)\.(\d+)\.(\d+)", re.IGNORECASE)
LAST_UNSAFE_BUILDER = (0, 1, 37)
"""Images of this and earlier versions let the builder's own user in (CVE-2024-9594)."""


def templates(scene: Scene) -> Findings:
    """Every group's template is there, once, with the tags of its release and system.

    What is wrong with a template of several groups is told once.
    """
    groups = {
        (template_path(placed, scene.bundle), *wanted_tags(placed, scene.bundle)): placed
        for placed in reversed(placed_groups(scene.spec))
    }
    for placed in reversed(groups.values()):
        yield from _template(scene, placed)


def _template(scene: Scene, placed: Placed) -> Findings:
    path, target = template_path(placed, scene.bundle), field_of(placed.config, "template")
    found = scene.inventory().find(Inventory.TEMPLATE, path)
    if not found and is_left_out(placed.config):
        yield from _archive(scene, placed, target)
    elif len(found) != 1:
        yield from _not_there(scene, path, found, target)
    else:
        for tag in wanted_tags(placed, scene.bundle):
            if tag not in found[0].tags:
                yield from _missing_tag(placed, found[0], tag)


def _archive(scene: Scene, placed: Placed, target: str) -> Findings:
    """A template that is left out is imported, where the bundle says from what."""
    if archive_of(placed, scene.bundle) is None:
        yield block(
            target,
            f"it is left out, and the bundle names no Bottlerocket archive for Kubernetes"
            f" {placed.version}",
            "import a template yourself and name it here; or choose a Kubernetes version that has"
            " an archive: bedplate list ovas",
            Owner.SPEC_AUTHOR,
        )


def _not_there(scene: Scene, path: str, found: Sequence[InventoryObject], target: str) -> Findings:
    folder, _, name = path.rpartition("/")
    machines = [m for m in scene.inventory().machines if m.name == name]
    plain = [m for m in machines if f"{m.folder}/".endswith(f"{folder}/") or not folder]
    if not found and plain:
        yield block(
            target,
            f"{plain[0].folder}/{name} is a virtual machine, no template",
            f"switch it off, then: govc vm.markastemplate '{plain[0].folder}/{name}'",
            Owner.VSPHERE,
        )
    else:
        yield wrong_number(scene, Inventory.TEMPLATE, path, found, target)


def _missing_tag(placed: Placed, template: InventoryObject, tag: str) -> Findings:
    category, _, value = tag.partition(":")
    others = sorted(own for own in template.tags if own.startswith(f"{category}:"))
    attach = (
        f"govc tags.category.create -t VirtualMachine {category}; govc tags.create -c {category}"
        f" {tag}; govc tags.attach -c {category} {tag} '{template.path}'"
    )
    remedy = (
        f"choose a template of {value}, or import one; only if its tag is wrong: govc tags.detach"
        f" -c {category} {others[0]} '{template.path}'; {attach}"
        if others
        else f"{attach}; once you know that the template is of {value}"
    )
    yield block(
        field_of(placed.config, "template"),
        f"template {template.path} is missing tag {tag}"
        + (f"; it carries {', '.join(others)}" if others else ""),
        remedy,
        Owner.VSPHERE,
    )


def disks(scene: Scene) -> Findings:
    """A machine's disk is no smaller than the template's; Bottlerocket's disks are as it needs."""
    for config, template in _each_template(scene):
        if is_bottlerocket(config) and not _is_layout(template.disks_gib):
            yield _wrong_layout(config, template)
    for config, template in _found(scene):
        largest = max(template.disks_gib, default=0.0)
        if not is_bottlerocket(config) and config.spec.disk_gib < largest - ROUNDING_GIB:
            size = disk_gib(config, template)
            yield warn(
                field_of(config, "diskGiB"),
                f"{config.spec.disk_gib} GiB is less than the {largest:g} GiB disk of its template"
                f" {template.path}; machines get {size} GiB, since a disk cannot shrink",
                f"write diskGiB: {size}",
                Owner.SPEC_AUTHOR,
            )


def _wrong_layout(config: VSphereMachineConfig, template: InventoryObject) -> Finding:
    sizes = " and ".join(f"{size:g} GiB" for size in template.disks_gib) or "no disk"
    return block(
        field_of(config, "template"),
        f"template {template.path} has {sizes}; Bottlerocket's has one disk of 22 GiB, or two of 2"
        " and 20 GiB",
        f"govc device.info -vm '{template.path}' 'disk-*' shows the disks; govc vm.disk.change -vm"
        f" '{template.path}' -disk.label 'Hard disk 2' -size 20G",
        Owner.VSPHERE,
    )


def _is_layout(sizes: tuple[float, ...]) -> bool:
    return any(
        len(sizes) == len(layout)
        and all(abs(a - b) < ROUNDING_GIB for a, b in zip(sizes, layout, strict=True))
        for layout in BOTTLEROCKET_DISKS
    )


def clone_mode(scene: Scene) -> Findings:
    """A linked clone begins at a snapshot, and its disk is the template's."""
    for config, template in _found(scene):
        if config.spec.clone_mode is not CloneMode.LINKED:
            continue
        target = field_of(config, "cloneMode")
        if not template.snapshots:
            yield block(
                target,
                f"linkedClone needs a snapshot of {template.path}, which has none",
                f"govc vm.markasvm '{template.path}'; govc snapshot.create -vm '{template.path}'"
                f" root; govc vm.markastemplate '{template.path}'; or write cloneMode: fullClone",
                Owner.VSPHERE,
            )
        sizes = {round(size) for size in template.disks_gib}
        if not is_bottlerocket(config) and sizes and config.spec.disk_gib not in sizes:
            yield block(
                target,
                f"a linked clone cannot change its disk: diskGiB is {config.spec.disk_gib},"
                f" {template.path} has {max(sizes)} GiB",
                f"write diskGiB: {max(sizes)}, or cloneMode: fullClone",
                Owner.SPEC_AUTHOR,
            )


def provenance(scene: Scene) -> Findings:
    """Templates were not built by an image-builder that left a door open."""
    for config, template in _each_template(scene):
        built = BUILDER.search(template.annotation)
        if built is not None and tuple(map(int, built.groups())) <= LAST_UNSAFE_BUILDER:
            yield warn(
                field_of(config, "template"),
                f"template {template.path} was built by image-builder {'.'.join(built.groups())},"
                " whose images may let its own user in with a known password (CVE-2024-9594)",
                "build it again with image-builder 0.1.38 or later; until then: usermod -L builder"
                " on its machines",
                Owner.VSPHERE,
            )


def vcenter_tags(scene: Scene) -> Findings:
    """The tags that machines are to carry exist, by their ids."""
    known = set(scene.inventory().tags.values())
    for config in _configs(scene):
        for tag in config.spec.tags:
            if tag not in known:
                yield block(
                    field_of(config, "tags"),
                    f"there is no tag with the id {tag!r}",
                    "govc tags.ls -json shows names and ids; write the id, such as"
                    " urn:vmomi:InventoryServiceTag:…:GLOBAL",
                    Owner.SPEC_AUTHOR,
                )


def _configs(scene: Scene) -> tuple[VSphereMachineConfig, ...]:
    return tuple({p.config.name: p.config for p in placed_groups(scene.spec)}.values())


def _each_template(scene: Scene) -> Iterable[tuple[VSphereMachineConfig, InventoryObject]]:
    """Return each template once, with the first configuration that names it."""
    first: dict[str, tuple[VSphereMachineConfig, InventoryObject]] = {}
    for config, template in _found(scene):
        first.setdefault(template.path, (config, template))
    return first.values()


def _found(scene: Scene) -> Iterator[tuple[VSphereMachineConfig, InventoryObject]]:
    """Yield each configuration with its template, where that is there; once for each pair."""
    seen: set[tuple[str, str]] = set()
    for placed in placed_groups(scene.spec):
        template = only(scene, Inventory.TEMPLATE, template_path(placed, scene.bundle))
        if template is not None and (placed.config.name, template.path) not in seen:
            seen.add((placed.config.name, template.path))
            yield placed.config, template
