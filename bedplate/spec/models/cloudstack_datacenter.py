"""The CloudStackDatacenterConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text


class CloudStackResource(Model):
    """Something in CloudStack, by its id or by its name."""

    id: Text = ""
    name: Text = ""


class CloudStackZone(Model):
    """A zone, by its id or by its name, and the network in it."""

    REQUIRED = frozenset({"network"})
    id: Text = ""
    name: Text = ""
    network: CloudStackResource = Field(default_factory=CloudStackResource)


class AvailabilityZone(Model):
    """A part of CloudStack that machines are spread over."""

    REQUIRED = frozenset({"credentials_ref", "domain", "management_api_endpoint", "name", "zone"})
    name: Text = ""
    credentials_ref: Text = ""
    zone: CloudStackZone = Field(default_factory=CloudStackZone)
    domain: Text = ""
    account: Text = ""
    management_api_endpoint: Text = ""


class CloudStackDatacenterSettings(Model):
    """The `spec` of a CloudStackDatacenterConfig; all but availability zones is deprecated."""

    availability_zones: tuple[AvailabilityZone, ...] = ()
    zones: tuple[CloudStackZone, ...] = ()
    domain: Text = ""
    account: Text = ""
    management_api_endpoint: Text = ""


class CloudStackDatacenterConfig(Object):
    """The CloudStack that machines are made in."""

    KIND: ClassVar[str] = "CloudStackDatacenterConfig"
    spec: CloudStackDatacenterSettings = Field(default_factory=CloudStackDatacenterSettings)
