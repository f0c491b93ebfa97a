"""The DockerDatacenterConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model


class DockerDatacenterSettings(Model):
    """The `spec` of a DockerDatacenterConfig: nothing can be set."""


class DockerDatacenterConfig(Object):
    """Machines are containers of one Docker engine; for development only."""

    KIND: ClassVar[str] = "DockerDatacenterConfig"
    spec: DockerDatacenterSettings = Field(default_factory=DockerDatacenterSettings)
