"""What an infrastructure must offer: a small Protocol, one package each."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.bundles import ChosenBundle
from bedplate.capi.blueprint import Blueprint, RenderSecrets
from bedplate.checks import Check
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Manifest, Ref
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Snapshot, TemplateSource, VirtualMachine
from bedplate.spec import ClusterSpec


class KeyAlgorithm(enum.StrEnum):
    """The kind of an SSH key pair."""

    ED25519 = "ed25519"
    RSA = "rsa"


@dataclass(frozen=True, slots=True)
class SshUser:
    """Who enters the machines with the key that is left to us, and what kind of key they take."""

    name: str
    algorithm: KeyAlgorithm


@dataclass(frozen=True, slots=True)
class CredentialReader:
    """A workload that reads a Secret with credentials when it starts, and where both are.

    `on_cluster`: on the cluster itself; else on whoever manages its machines.
    """

    workload: Ref
    secret: Ref
    on_cluster: bool = False


class Provider(Protocol):
    """One infrastructure."""

    @property
    def title(self) -> str:
        """The name in messages, as EKS Anywhere writes it."""
        ...

    @property
    def component(self) -> Component:
        """The Cluster API infrastructure provider to install."""
        ...

    def checks(self, spec: ClusterSpec) -> Sequence[Check]:
        """Return the preflight checks for a specification, in the order they are shown."""
        ...

    def ssh_user(self, spec: ClusterSpec) -> SshUser | None:
        """Return whose SSH key a machine configuration leaves to us; None where none does."""
        ...

    def folders(self, spec: ClusterSpec) -> Sequence[str]:
        """Return the inventory folders that the machines go to."""
        ...

    def template_paths(self, spec: ClusterSpec, bundle: ChosenBundle) -> Sequence[str]:
        """Return where the templates are that the specification leaves to us."""
        ...

    def template_sources(
        self, spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
    ) -> Sequence[TemplateSource]:
        """Return what those templates are imported from; places by their full paths."""
        ...

    def choices(
        self, spec: ClusterSpec, bundle: ChosenBundle, seen: Snapshot
    ) -> Mapping[str, JSON]:
        """Return what the inventory decides where the specification leaves it open: plain JSON."""
        ...

    def with_choices(self, spec: ClusterSpec, chosen: Mapping[str, JSON]) -> ClusterSpec:
        """Return the specification with those choices in it."""
        ...

    def credentials(self, tools: Tools) -> Sequence[Manifest]:
        """Return the secrets that the controllers read; they hold credentials, never log them."""
        ...

    @property
    def logins(self) -> Sequence[str]:
        """Return the vault's names of the logins that can be rotated; the first is the site's."""
        ...

    def credential_readers(self, spec: ClusterSpec) -> Sequence[CredentialReader]:
        """Return who has to be started anew when credentials change."""
        ...

    def render_secrets(self, tools: Tools) -> RenderSecrets:
        """Return what goes into rendered secrets, from the vault; raises AUTH_MISSING."""
        ...

    def control_plane(self, blueprint: Blueprint) -> Sequence[Manifest]:
        """Return the objects of the cluster, its control plane and its external etcd."""
        ...

    def workers(self, blueprint: Blueprint) -> Sequence[Manifest]:
        """Return the objects of the worker node groups."""
        ...

    def virtual_machines(self, tools: Tools) -> Sequence[VirtualMachine]:
        """Return the cluster's virtual machines as the infrastructure knows them."""
        ...
