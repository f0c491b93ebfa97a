"""vSphere: machines are virtual machines that CAPV clones from a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint, Login, RenderSecrets, TemplateNames
from bedplate.capi.cluster import build
from bedplate.checks import Check
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Manifest
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Snapshot, TemplateSource, VirtualMachine
from bedplate.providers.logins import REGISTRY, find_login, require_login
from bedplate.providers.provider import CredentialReader, KeyAlgorithm, SshUser
from bedplate.providers.vsphere.checks import vsphere_checks
from bedplate.providers.vsphere.found import choices, with_choices
from bedplate.providers.vsphere.groups import used_configs
from bedplate.providers.vsphere.imports import template_paths, template_sources, with_templates
from bedplate.providers.vsphere.readers import credential_readers
from bedplate.providers.vsphere.rendering import control_plane_objects, worker_objects
from bedplate.providers.vsphere.rendering.credentials import (
    SITE_CREDENTIALS,
    credentials,
    encoded,
)
from bedplate.spec import ClusterSpec, OSFamily

VCENTER, CLOUD_PROVIDER = "vcenter", "vcenter/cloud-provider"

MAY_BE_FIPS = frozenset({OSFamily.BOTTLEROCKET, OSFamily.REDHAT})
"""Both have builds for FIPS mode, in which the SSH server refuses ed25519."""


class VSphere:
    """The vSphere provider."""

    title = "Vsphere"
    component = Component.VSPHERE
    logins: Sequence[str] = (VCENTER, CLOUD_PROVIDER)

    def checks(self, spec: ClusterSpec) -> Sequence[Check]:
        """Return the checks of `checks`."""
        return vsphere_checks(spec)

    def ssh_user(self, spec: ClusterSpec) -> SshUser | None:
        """Return the first user without a key; one key is for all of them."""
        keyless = [
            (user.name, config.spec.os_family)
            for config in used_configs(spec)
            for user in config.spec.users
            if not "".join(user.ssh_authorized_keys).strip()
        ]
        if not keyless:
            return None
        rsa = any(family in MAY_BE_FIPS for _, family in keyless)
        return SshUser(keyless[0][0], KeyAlgorithm.RSA if rsa else KeyAlgorithm.ED25519)

    def folders(self, spec: ClusterSpec) -> Sequence[str]:
        """Return the folders of the used machine configurations."""
        named = {config.spec.folder for config in used_configs(spec)}
        return tuple(sorted(folder for folder in named if folder))

    def template_paths(self, spec: ClusterSpec, bundle: ChosenBundle) -> Sequence[str]:
        """Return the paths of `imports.py`."""
        return template_paths(spec, bundle)

    def template_sources(
        self, spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
    ) -> Sequence[TemplateSource]:
        """Return the sources of `imports.py`."""
        return template_sources(spec, bundle, seen)

    def choices(
        self, spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
    ) -> Mapping[str, JSON]:
        """Return the choices of `found.py`."""
        return choices(spec, bundle, seen)

    def with_choices(self, spec: ClusterSpec, chosen: Mapping[str, JSON]) -> ClusterSpec:
        """Return the specification with the choices of `found.py`."""
        return with_choices(spec, chosen)

    def credentials(self, tools: Tools) -> Sequence[Manifest]:
        """Return the site's secret and the cluster's own, which move with the cluster."""
        secrets = self.render_secrets(tools)
        main, cloud_provider = secrets.infrastructure, secrets.cloud_provider
        data: dict[str, JSON] = {
            "username": encoded(main.username),
            "password": encoded(main.password),
            "usernameCP": encoded(cloud_provider.username),
            "passwordCP": encoded(cloud_provider.password),
        }
        body: dict[str, JSON] = {"type": "kubernetes.io/basic-auth", "data": data}
        site = build(kinds.SECRET, SITE_CREDENTIALS, body)
        first = TemplateNames.first(tools.spec)
        own = credentials(Blueprint(tools.spec, tools.bundle, first, secrets=secrets))
        return (site, *own)

    def credential_readers(self, spec: ClusterSpec) -> Sequence[CredentialReader]:
        """Return CAPV, EKS Anywhere's controller and the cloud provider."""
        return credential_readers(spec)

    def render_secrets(self, tools: Tools) -> RenderSecrets:
        """Return vCenter's user, the cloud provider's if it has its own, and the mirror's."""
        vault, mirror = tools.ports.vault, tools.spec.cluster.spec.registry_mirror_configuration
        main = require_login(vault, VCENTER)
        return RenderSecrets(
            infrastructure=main,
            cloud_provider=find_login(vault, CLOUD_PROVIDER) or main,
            registry=require_login(vault, REGISTRY) if mirror and mirror.authenticate else Login(),
        )

    def control_plane(self, blueprint: Blueprint) -> Sequence[Manifest]:
        """Return the objects of `rendering`."""
        return control_plane_objects(_with_templates(blueprint))

    def workers(self, blueprint: Blueprint) -> Sequence[Manifest]:
        """Return the objects of `rendering`."""
        return worker_objects(_with_templates(blueprint))

    def virtual_machines(self, tools: Tools) -> Sequence[VirtualMachine]:
        """Return the machines whose names this cluster's controllers give."""
        found = tools.ports.vcenter.virtual_machines(f"{tools.spec.name}-")
        return tuple(m for m in found if names.is_machine_of(tools.spec, m.name))


def _with_templates(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, spec=with_templates(blueprint.spec, blueprint.bundle))
