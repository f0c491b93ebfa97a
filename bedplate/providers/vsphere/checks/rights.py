"""The user's privileges: exactly what is missing, and on which object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bedplate.checks.check import Finding, Severity
from bedplate.checks.finding import Findings
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.providers.vsphere.checks.lookup import each_only, only
from bedplate.providers.vsphere.groups import placed_groups
from bedplate.providers.vsphere.imports import template_path
from bedplate.providers.vsphere.privileges import PRIVILEGES, Scope
from bedplate.providers.vsphere.reading import datacenter_of

ROOT = "/"
OWN_DOMAIN = "vsphere.local"
"""vCenter's own users; those of other domains may have rights by groups that it cannot see."""


def rights(scene: Scene) -> Findings:
    """The user holds every privilege of its scope on each object that machines need."""
    wanted = wanted_privileges(scene)
    missing = scene.vcenter.missing_privileges(wanted)
    if not missing:
        return
    user = scene.vcenter.login().user
    for path in sorted(missing):
        yield _finding(user, path, missing[path])


def wanted_privileges(scene: Scene) -> Mapping[str, frozenset[str]]:
    """Return the privileges by full path; an object of several scopes needs them all."""
    found: dict[str, frozenset[str]] = {ROOT: PRIVILEGES[Scope.GLOBAL]}
    for scope, objects in ((Scope.USER, _used(scene)), (Scope.ADMIN, _managed(scene))):
        for item in objects:
            found[item.path] = found.get(item.path, frozenset()) | PRIVILEGES[scope]
    return found


def _used(scene: Scene) -> Iterator[InventoryObject]:
    """Yield networks, datastores and resource pools."""
    groups = placed_groups(scene.spec)
    every = datacenter_of(scene.spec).spec
    domains = every.failure_domains
    networks = [every.network, *(path for placed in groups for path in placed.networks)]
    networks += [domain.network for domain in domains]
    stores = [p.config.spec.datastore for p in groups] + [d.datastore for d in domains]
    pools = [p.config.spec.resource_pool for p in groups] + [d.resource_pool for d in domains]
    yield from each_only(scene, Inventory.NETWORK, networks)
    yield from each_only(scene, Inventory.DATASTORE, stores)
    yield from each_only(scene, Inventory.RESOURCE_POOL, pools)


def _managed(scene: Scene) -> Iterator[InventoryObject]:
    """Yield machine folders, templates with their folders, and failure domains' clusters."""
    groups = placed_groups(scene.spec)
    domains = datacenter_of(scene.spec).spec.failure_domains
    folders = [p.config.spec.folder for p in groups] + [d.folder for d in domains]
    yield from _folders(scene, (folder for folder in folders if folder))
    for path in dict.fromkeys(template_path(placed, scene.bundle) for placed in groups):
        template = only(scene, Inventory.TEMPLATE, path)
        if template is not None:
            yield template
        yield from _folders(scene, ((template.path if template else path).rpartition("/")[0],))
    yield from each_only(scene, Inventory.COMPUTE_CLUSTER, (d.compute_cluster for d in domains))


def _folders(scene: Scene, paths: Iterable[str]) -> Iterator[InventoryObject]:
    """Yield each folder; for one that is still to be made, the nearest folder above it."""
    for path in dict.fromkeys(paths):
        above = path
        while above and only(scene, Inventory.FOLDER, above) is None:
            above = above.rpartition("/")[0]
        folder = only(scene, Inventory.FOLDER, above) if above else None
        if folder is not None:
            yield folder


def _finding(user: str, path: str, privileges: frozenset[str]) -> Finding:
    names = sorted(privileges)
    own = _domain(user) == OWN_DOMAIN
    seen = f"{user} lacks {len(names)} privileges" if len(names) > 1 else f"{user} lacks one"
    if not own:
        seen += ", as far as vCenter tells: groups of another domain may give them"
    return Finding(
        path,
        seen,
        f"govc permissions.ls '{path}' shows the user's role, then: govc role.update -a ROLE"
        f" {' '.join(names)}; a user without a role there: govc role.create NAME PRIVILEGE...; govc"
        f" permissions.set -principal '{user}' -role NAME '{path}'",
        Owner.VSPHERE,
        Severity.BLOCK if own else Severity.WARN,
        rows=tuple((path, name) for name in names),
    )


def _domain(user: str) -> str:
    """Return the domain of a user, which stands behind an @ or before a backslash."""
    if "\\" in user:
        return user.partition("\\")[0].lower()
    return user.rpartition("@")[2].lower() if "@" in user else ""
