"""Templates that a specification leaves to us: Bottlerocket's, imported from the bundle's archive.

Names and tags are EKS Anywhere's, so that both find each other's templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed

from bedplate.bundles import ChosenBundle
from bedplate.bundles.artifacts import Archive
from bedplate.bundles.versions_bundle import EksDistro
from bedplate.ports.vcenter import Inventory, Snapshot, TemplateSource
from bedplate.providers.vsphere.groups import Placed, placed_groups
from bedplate.spec import ClusterSpec, OSFamily, VSphereMachineConfig
from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.model import replace

FOLDER = "Templates"
DISK_GIB = 22
"""Bottlerocket's archives have two disks of 2 GiB; the second, for data, gets the rest."""


def is_left_out(config: VSphereMachineConfig) -> bool:
    """Say whether the template is left to us."""
    return not config.spec.template and config.spec.os_family is OSFamily.BOTTLEROCKET


def wanted_tags(placed: Placed, bundle: ChosenBundle) -> tuple[str, ...]:
    """Return the tags that a group's template carries: its EKS Distro release, its system."""
    family = placed.config.spec.os_family
    release = f"eksdRelease:{distro(placed, bundle).name}"
    return (release, f"os:{family.value}") if family else (release,)


def template_path(placed: Placed, bundle: ChosenBundle) -> str:
    """Return the path of a group's template: the specification's, or that of the import."""
    return placed.config.spec.template or _import_path(placed, bundle)


def archive_of(placed: Placed, bundle: ChosenBundle) -> Archive | None:
    """Return the archive of a group's template; None where the bundle names none."""
    archive = distro(placed, bundle).ova.bottlerocket
    return archive if archive.uri and archive.sha256 else None


def distro(placed: Placed, bundle: ChosenBundle) -> EksDistro:
    """Return the EKS Distro release of a group's Kubernetes version."""
    return bundle[placed.version].bundle.eks_d


def template_paths(spec: ClusterSpec, bundle: ChosenBundle) -> tuple[str, ...]:
    """Return the paths of the templates that are imported where they are missing."""
    return tuple({_import_path(one, bundle): None for one in _imported(spec)})


def template_sources(
    spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
) -> tuple[TemplateSource, ...]:
    """Return what is imported where it is missing; places by their full paths, as vCenter has them.

    A group whose archive the bundle does not name is left out: preflight has refused it.
    """
    found = {_import_path(one, bundle): (one, archive_of(one, bundle)) for one in _imported(spec)}
    return tuple(
        TemplateSource(
            path=path,
            uri=archive.uri,
            sha256=archive.sha256,
            datastore=_full(seen, Inventory.DATASTORE, placed.config.spec.datastore),
            resource_pool=_full(seen, Inventory.RESOURCE_POOL, placed.config.spec.resource_pool),
            network=_full(seen, Inventory.NETWORK, placed.datacenter.network),
            disk_gib=DISK_GIB,
            tags=wanted_tags(placed, bundle),
        )
        for path, (placed, archive) in found.items()
        if archive is not None
    )


def with_templates(spec: ClusterSpec, bundle: ChosenBundle) -> ClusterSpec:
    """Return the specification with the templates that it left to us filled in."""
    paths = {one.config.name: _import_path(one, bundle) for one in _imported(spec)}
    if not paths:
        return spec
    configs = {
        name: replace(config, spec=replace(config.spec, template=paths[name]))
        if name in paths and isinstance(config, VSphereMachineConfig)
        else config
        for name, config in spec.machine_configs.items()
    }
    return changed(spec, machine_configs=FrozenMap(configs))


def _imported(spec: ClusterSpec) -> Iterator[Placed]:
    return (placed for placed in placed_groups(spec) if is_left_out(placed.config))


def _import_path(placed: Placed, bundle: ChosenBundle) -> str:
    """Return EKS Anywhere's path of the template."""
    release, archive = distro(placed, bundle), distro(placed, bundle).ova.bottlerocket
    parts = ("bottlerocket", release.kube_version, release.name, *archive.arch, archive.sha256[:7])
    name = "-".join(part for part in parts if part)
    return f"/{placed.datacenter.datacenter.strip('/')}/vm/{FOLDER}/{name}"


def _full(seen: Snapshot, kind: Inventory, path: str) -> str:
    found = seen.find(kind, path)
    return found[0].path if len(found) == 1 else path
