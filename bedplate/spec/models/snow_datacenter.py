"""The SnowDatacenterConfig and SnowIPPool kinds."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object, Ref
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text


class SnowDatacenterSettings(Model):
    """The `spec` of a SnowDatacenterConfig."""

    identity_ref: Ref = Field(default_factory=Ref)


class SnowDatacenterConfig(Object):
    """The Snow devices that machines are made on."""

    KIND: ClassVar[str] = "SnowDatacenterConfig"
    spec: SnowDatacenterSettings = Field(default_factory=SnowDatacenterSettings)


class AddressRange(Model):
    """Addresses that machines are given, first and last included."""

    ip_start: Text = ""
    ip_end: Text = ""
    subnet: Text = ""
    gateway: Text = ""


class SnowIPPoolSettings(Model):
    """The `spec` of a SnowIPPool."""

    pools: tuple[AddressRange, ...] = ()


class SnowIPPool(Object):
    """Static addresses for network interfaces of Snow machines."""

    KIND: ClassVar[str] = "SnowIPPool"
    spec: SnowIPPoolSettings = Field(default_factory=SnowIPPoolSettings)
