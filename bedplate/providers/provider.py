"""What an infrastructure must offer: a small Protocol, one package each, and a check's shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.errors import Owner
from bedplate.ports.components import Component
from bedplate.ports.kube import Manifest
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.spec import ClusterSpec


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a check failed: what was seen, what to do, and who can do it."""

    seen: str
    remedy: str
    owner: Owner


@dataclass(frozen=True, slots=True)
class Check:
    """One preflight check. `line` is what people read when it passes.

    `probe` looks and changes nothing: every finding, empty where all is well. It may raise
    TemporaryError, which is tried again, never taken for an answer.
    """

    name: str
    line: str
    probe: Callable[[Tools], Sequence[Finding]]


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

    def needs_ssh_key(self, spec: ClusterSpec) -> bool:
        """Say whether a machine configuration leaves its SSH key to us."""
        ...

    def folders(self, spec: ClusterSpec) -> Sequence[str]:
        """Return the inventory folders that the machines go to."""
        ...

    def credentials(self, tools: Tools) -> Sequence[Manifest]:
        """Return the secrets that the controllers read; they hold credentials, never log them."""
        ...

    def control_plane(self, spec: ClusterSpec, ssh_key: str) -> Sequence[Manifest]:
        """Return the objects of the cluster, its control plane and its external etcd."""
        ...

    def workers(self, spec: ClusterSpec, ssh_key: str) -> Sequence[Manifest]:
        """Return the objects of the worker node groups."""
        ...

    def virtual_machines(self, tools: Tools) -> Sequence[VirtualMachine]:
        """Return the cluster's virtual machines as the infrastructure knows them."""
        ...
