"""The VSphereDatacenterConfig kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDomain:
    """A part of the datacenter that fails on its own."""

    name: str = ""
    compute_cluster: str = ""
    resource_pool: str = ""
    datastore: str = ""
    folder: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VSphereDatacenterSettings:
    """The `spec` of a VSphereDatacenterConfig."""

    datacenter: str = ""
    server: str = ""
    network: str = ""
    thumbprint: str = ""
    insecure: bool = False
    failure_domains: tuple[FailureDomain, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VSphereDatacenterConfig:
    """The vCenter and the datacenter that machines are made in."""

    KIND: ClassVar[str] = "VSphereDatacenterConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: VSphereDatacenterSettings = VSphereDatacenterSettings()
