"""The DockerDatacenterConfig kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerDatacenterSettings:
    """The `spec` of a DockerDatacenterConfig: nothing can be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerDatacenterConfig:
    """Machines are containers of one Docker engine; for development only."""

    KIND: ClassVar[str] = "DockerDatacenterConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: DockerDatacenterSettings = DockerDatacenterSettings()
