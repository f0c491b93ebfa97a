"""The VSphereDatacenterConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Flag, Text


class FailureDomain(Model):
    """A part of the datacenter that fails on its own."""

    REQUIRED = frozenset(
        {"compute_cluster", "datastore", "folder", "name", "network", "resource_pool"}
    )
    name: Text = ""
    compute_cluster: Text = ""
    resource_pool: Text = ""
    datastore: Text = ""
    folder: Text = ""
    network: Text = ""


class VSphereDatacenterSettings(Model):
    """The `spec` of a VSphereDatacenterConfig."""

    REQUIRED = frozenset({"datacenter", "insecure", "network", "server", "thumbprint"})
    datacenter: Text = ""
    server: Text = ""
    network: Text = ""
    thumbprint: Text = ""
    insecure: Flag = False
    failure_domains: tuple[FailureDomain, ...] = ()


class VSphereDatacenterConfig(Object):
    """The vCenter and the datacenter that machines are made in."""

    KIND: ClassVar[str] = "VSphereDatacenterConfig"
    spec: VSphereDatacenterSettings = Field(default_factory=VSphereDatacenterSettings)
