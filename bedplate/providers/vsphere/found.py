"""What EKS Anywhere takes from the inventory where a specification leaves it open.

Its defaults write inventory paths in full, raise a disk to its template's, and clone linked where a
snapshot of the template has the disk's size, else in full.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace as changed

from bedplate.bundles import ChosenBundle
from bedplate.ports.kube import JSON
from bedplate.ports.vcenter import Inventory, InventoryObject, Snapshot
from bedplate.providers.vsphere.groups import Placed, placed_groups
from bedplate.providers.vsphere.imports import template_path
from bedplate.providers.vsphere.reading import is_bottlerocket
from bedplate.spec import ClusterSpec, FrozenMap, VSphereMachineConfig
from bedplate.spec.models.model import replace
from bedplate.spec.models.vsphere_machine import CloneMode

Choice = dict[str, JSON]


def choices(spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot) -> dict[str, JSON]:
    """Return what was found for each machine configuration, by the names of its attributes.

    It is chosen once and journalled: a template that another one changes later must not make
    machines be replaced.
    """
    return {one.config.name: _choice(one, bundle, seen) for one in placed_groups(spec)}


def with_choices(spec: ClusterSpec, chosen: Mapping[str, JSON]) -> ClusterSpec:
    """Return the specification with what was found in it."""
    configs = {
        name: replace(config, spec=replace(config.spec, **own))
        if isinstance(config, VSphereMachineConfig) and isinstance(own := chosen.get(name), Mapping)
        else config
        for name, config in spec.machine_configs.items()
    }
    return changed(spec, machine_configs=FrozenMap(configs))


def disk_gib(config: VSphereMachineConfig, template: InventoryObject) -> int:
    """Return the size of a machine's disk: its own, or its template's where that is larger."""
    if is_bottlerocket(config):
        return config.spec.disk_gib
    return max(config.spec.disk_gib, math.ceil(max(template.disks_gib, default=0.0) - ROUNDING_GIB))


ROUNDING_GIB = 0.01


def _choice(placed: Placed, bundle: ChosenBundle, seen: Snapshot) -> Choice:
    config, machine = placed.config, placed.config.spec
    chosen: Choice = {
        "datastore": _full(seen, Inventory.DATASTORE, machine.datastore),
        "folder": _full(seen, Inventory.FOLDER, machine.folder),
        "resource_pool": _full(seen, Inventory.RESOURCE_POOL, machine.resource_pool),
    }
    templates = seen.find(Inventory.TEMPLATE, template_path(placed, bundle))
    if len(templates) == 1:
        size = disk_gib(config, templates[0])
        mode = machine.clone_mode or _clone_mode(size, templates[0])
        chosen |= {"disk_gib": size, "clone_mode": mode.value, "template": templates[0].path}
    return chosen


def _clone_mode(size: int, template: InventoryObject) -> CloneMode:
    same = any(abs(size - disk) < ROUNDING_GIB for disk in template.disks_gib)
    return CloneMode.LINKED if template.snapshots and same else CloneMode.FULL


def _full(seen: Snapshot, kind: Inventory, path: str) -> str:
    found = seen.find(kind, path) if path else ()
    return found[0].path if len(found) == 1 else path
