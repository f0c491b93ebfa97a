"""Docker: machines are containers of one engine; for development and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bedplate.bundles import ChosenBundle
from bedplate.capi.blueprint import Blueprint, RenderSecrets
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Manifest
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Snapshot, TemplateSource, VirtualMachine
from bedplate.providers.docker.rendering import control_plane_objects, worker_objects
from bedplate.providers.logins import REGISTRY, require_login
from bedplate.providers.provider import CredentialReader, SshUser
from bedplate.spec import ClusterSpec


class Docker:
    """The Docker provider."""

    title = "Docker"
    logins: Sequence[str] = ()
    component = Component.DOCKER

    def checks(self, spec: ClusterSpec) -> tuple[()]:
        """Return no checks of its own: the specification's rules refuse an endpoint."""
        return ()

    def ssh_user(self, spec: ClusterSpec) -> SshUser | None:
        """Return nobody: one enters a container without a key."""
        return None

    def folders(self, spec: ClusterSpec) -> Sequence[str]:
        """Return none: containers are in no folders."""
        return ()

    def template_paths(self, spec: ClusterSpec, bundle: ChosenBundle) -> Sequence[str]:
        """Return none: containers are made from images."""
        return ()

    def template_sources(
        self, spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
    ) -> Sequence[TemplateSource]:
        """Return none."""
        return ()

    def choices(
        self, spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
    ) -> Mapping[str, JSON]:
        """Return none: there is no inventory to find anything in."""
        return {}

    def with_choices(self, spec: ClusterSpec, chosen: Mapping[str, JSON]) -> ClusterSpec:
        """Return the specification as it is."""
        return spec

    def credentials(self, tools: Tools) -> Sequence[Manifest]:
        """Return none: the engine's socket is all that the controllers need."""
        return ()

    def credential_readers(self, spec: ClusterSpec) -> Sequence[CredentialReader]:
        """Return nobody."""
        return ()

    def render_secrets(self, tools: Tools) -> RenderSecrets:
        """Return the user of the registry mirror, where it asks for one."""
        mirror = tools.spec.cluster.spec.registry_mirror_configuration
        if mirror is None or not mirror.authenticate:
            return RenderSecrets()
        return RenderSecrets(registry=require_login(tools.ports.vault, REGISTRY))

    def control_plane(self, blueprint: Blueprint) -> Sequence[Manifest]:
        """Return the objects of the cluster, its control plane and its external etcd."""
        return control_plane_objects(blueprint)

    def workers(self, blueprint: Blueprint) -> Sequence[Manifest]:
        """Return the objects of the worker node groups."""
        return worker_objects(blueprint)

    def virtual_machines(self, tools: Tools) -> Sequence[VirtualMachine]:
        """Return none: containers are in no inventory."""
        return ()
