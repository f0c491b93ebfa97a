"""The work of `render`: a specification and a bundle in, Cluster API objects out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from bedplate.bundles.resolve import Demand
from bedplate.capi.blueprint import Blueprint, Login, RenderSecrets, TemplateNames
from bedplate.capi.rendering.files import to_yaml
from bedplate.errors import BadInput, Owner, PermanentError, SpecError
from bedplate.ports.kube import Manifest
from bedplate.providers.docker import rendering as docker
from bedplate.providers.vsphere import rendering as vsphere
from bedplate.spec import (
    ClusterSpec,
    DockerDatacenterConfig,
    FrozenMap,
    Ref,
    VSphereDatacenterConfig,
    load_text,
    provider_defaults,
    read_file,
    read_text,
)
from deployments.cli.bundle_finding import Finder
from deployments.cli.bundle_options import KeyFiles, Where
from deployments.cli.screen import Screen

Renderer: TypeAlias = Callable[[Blueprint], Sequence[Manifest]]

RENDERERS: Mapping[str, tuple[Renderer, Renderer]] = {
    VSphereDatacenterConfig.KIND: (vsphere.control_plane_objects, vsphere.worker_objects),
    DockerDatacenterConfig.KIND: (docker.control_plane_objects, docker.worker_objects),
}
"""What renders the control plane and the workers, by the datacenter's kind."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Whether users and passwords are taken from the environment, and passwords written."""

    wanted: bool = True
    shown: bool = False


def render(screen: Screen, file: Path, where: Where, keys: KeyFiles, secrets: Secrets) -> None:
    """Write the objects of a new cluster to standard output, remarks to standard error."""
    spec = _filled_in(read_text(read_file(file), str(file)))
    renderers = _renderers(spec)
    _require_machines(spec)
    found = Finder(screen, where, keys).find(Demand.REPORT)
    for line in (*found.notes, *(f"{error.code}: {error.seen}" for error in found.findings)):
        screen.warn(f"⚠️ {line}")
    _compare_with_create(screen, spec, file)
    blueprint = Blueprint(
        spec,
        found.chosen,
        TemplateNames.first(spec),
        secrets=_secrets(screen, secrets, os.environ),
    )
    _write(screen, [item for renderer in renderers for item in renderer(blueprint)])


def _filled_in(spec: ClusterSpec) -> ClusterSpec:
    """Fill in what the file leaves out; what it says stays, also where a create would raise it."""
    machines = {
        name: provider_defaults.machine(config, etcd=False)
        for name, config in spec.machine_configs.items()
    }
    datacenter = provider_defaults.datacenter(spec.datacenter)
    return replace(spec, datacenter=datacenter, machine_configs=FrozenMap(machines))


def _renderers(spec: ClusterSpec) -> tuple[Renderer, Renderer]:
    found = RENDERERS.get(spec.provider_kind)
    if found is None:
        raise PermanentError(
            "PROVIDER_UNKNOWN",
            f"clusters on {spec.provider_kind} cannot be rendered yet",
            why=f"this version knows {', '.join(sorted(RENDERERS))}",
            remedy="use a datacenter of one of these kinds",
            owner=Owner.SPEC_AUTHOR,
        )
    return found


def _require_machines(spec: ClusterSpec) -> None:
    """Raise BadInput where a group of machines does not say how they are made."""
    if spec.provider_kind == DockerDatacenterConfig.KIND:
        return
    groups: dict[str, Ref | None] = {"control plane": spec.control_plane.machine_group_ref}
    groups |= {f"worker group {one.name!r}": one.machine_group_ref for one in spec.workers}
    if spec.etcd is not None:
        groups["external etcd"] = spec.etcd.machine_group_ref
    lacking = [group for group, ref in groups.items() if not ref or ref.name not in _machines(spec)]
    if lacking:
        raise BadInput(
            "SPEC_INCOMPLETE",
            f"no machine configuration is named for the {', the '.join(lacking)}",
            why="its machines are rendered from one",
            remedy="bedplate validate -f FILE shows what else is missing",
            owner=Owner.SPEC_AUTHOR,
        )


def _machines(spec: ClusterSpec) -> frozenset[str]:
    return frozenset(spec.machine_configs)


def _compare_with_create(screen: Screen, spec: ClusterSpec, file: Path) -> None:
    """Say where a create would not make what is rendered here."""
    try:
        created = load_text(read_file(file), str(file))
    except SpecError as error:
        screen.warn(
            f"⚠️ rendered as written, but not valid ({len(error.problems)} to correct):"
            f" bedplate validate -f {file} shows why"
        )
        return
    for name, config in created.machine_configs.items():
        if config != spec.machine_configs[name]:
            screen.warn(f"⚠️ {config.KIND} {name}: a create raises sizes that are too small to work")


def _secrets(screen: Screen, secrets: Secrets, environment: Mapping[str, str]) -> RenderSecrets:
    """The cloud provider's own user is the infrastructure's unless another is named."""
    if not secrets.wanted:
        return RenderSecrets()
    own = _login(environment, "EKSA_VSPHERE_USERNAME", "EKSA_VSPHERE_PASSWORD")
    cloud = _login(environment, "EKSA_VSPHERE_CP_USERNAME", "EKSA_VSPHERE_CP_PASSWORD")
    registry = _login(environment, "REGISTRY_USERNAME", "REGISTRY_PASSWORD")
    logins = (own, cloud if cloud.username and cloud.password else own, registry)
    if secrets.shown:
        return RenderSecrets(*logins)
    if any(login.password for login in logins):
        screen.warn("⚠️ passwords are left empty; --show-secrets writes them")
    return RenderSecrets(*(Login(login.username) for login in logins))


def _login(environment: Mapping[str, str], username: str, password: str) -> Login:
    return Login(environment.get(username, ""), environment.get(password, ""))


def _write(screen: Screen, manifests: Sequence[Manifest]) -> None:
    if screen.wants_json:
        items = {"apiVersion": "v1", "kind": "List", "items": manifests}
        screen.document(json.dumps(items, indent=2, ensure_ascii=False))
        return
    screen.document("---\n".join(to_yaml(manifest) for manifest in manifests).rstrip())
