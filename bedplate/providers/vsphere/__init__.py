"""vSphere: machines are virtual machines that CAPV clones from a template."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from bedplate.capi import kinds, names
from bedplate.capi.cluster import build
from bedplate.errors import Owner, PermanentError
from bedplate.ports.components import Component
from bedplate.ports.kube import Manifest
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.providers.provider import Check
from bedplate.providers.vsphere.machines import (
    control_plane_objects,
    machine_of,
    worker_objects,
)
from bedplate.providers.vsphere.preflight import used_configs, vsphere_checks
from bedplate.spec import ClusterSpec

USERNAME, PASSWORD = "vcenter/username", "vcenter/password"


class VSphere:
    """The vSphere provider."""

    title = "Vsphere"
    component = Component.VSPHERE

    def checks(self, spec: ClusterSpec) -> Sequence[Check]:
        """Return the checks of `preflight.py`."""
        return vsphere_checks(spec)

    def needs_ssh_key(self, spec: ClusterSpec) -> bool:
        """Say whether any user of a used machine configuration has no key."""
        users = [
            user for name, _, _ in used_configs(spec) for user in machine_of(spec, name).spec.users
        ]
        return any(not "".join(user.ssh_authorized_keys).strip() for user in users)

    def folders(self, spec: ClusterSpec) -> Sequence[str]:
        """Return the folders of the used machine configurations."""
        named = {machine_of(spec, name).spec.folder for name, _, _ in used_configs(spec)}
        return tuple(sorted(folder for folder in named if folder))

    def credentials(self, tools: Tools) -> Sequence[Manifest]:
        """Return the site's secret and the cluster's own, which moves with the cluster."""
        user, password = _secret(tools, USERNAME), _secret(tools, PASSWORD)
        data = {"username": _encode(user), "password": _encode(password)}
        shared = {**data, "usernameCP": data["username"], "passwordCP": data["password"]}
        own = build(
            kinds.SECRET,
            f"{tools.spec.name}-vsphere-credentials",
            {"type": "Opaque", "data": data},
            labels={kinds.MOVE_LABEL: "true", kinds.CLUSTER_NAME_LABEL: tools.spec.name},
        )
        site = build(
            kinds.SECRET,
            "vsphere-credentials",
            {"type": "kubernetes.io/basic-auth", "data": shared},
        )
        return (site, own)

    def control_plane(self, spec: ClusterSpec, ssh_key: str) -> Sequence[Manifest]:
        """Return the objects of `machines.py`."""
        return control_plane_objects(spec, ssh_key)

    def workers(self, spec: ClusterSpec, ssh_key: str) -> Sequence[Manifest]:
        """Return the objects of `machines.py`."""
        return worker_objects(spec, ssh_key)

    def virtual_machines(self, tools: Tools) -> Sequence[VirtualMachine]:
        """Return the machines whose names this cluster's controllers give."""
        found = tools.ports.vcenter.virtual_machines(f"{tools.spec.name}-")
        return tuple(m for m in found if names.is_machine_of(tools.spec, m.name))


def _secret(tools: Tools, name: str) -> str:
    found = tools.ports.vault.get(name)
    if found is None:
        raise PermanentError(
            "AUTH_MISSING",
            f"the vault holds no {name!r}",
            why="the controllers need it to reach vCenter",
            remedy=f"store it in the site's vault under {name!r}",
            owner=Owner.PLATFORM,
        )
    return found


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
