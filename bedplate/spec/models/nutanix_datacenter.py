"""The NutanixDatacenterConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object, Ref
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Flag, Text, Texts, Whole


class IdentifierType(Choice):
    """What a resource of Prism is found by."""

    UUID = "uuid"
    NAME = "name"


class NutanixResource(Model):
    """A resource of Prism: a cluster, an image, a subnet or a project."""

    REQUIRED = frozenset({"type"})
    type: IdentifierType | None = None
    uuid: Text | None = None
    name: Text | None = None


class NutanixFailureDomain(Model):
    """A Prism Element cluster that fails on its own, and the worker groups in it."""

    REQUIRED = frozenset({"cluster", "name", "subnets"})
    name: Text = ""
    cluster: NutanixResource = Field(default_factory=NutanixResource)
    subnets: tuple[NutanixResource, ...] = ()
    worker_machine_groups: Texts = ()


class NutanixDatacenterSettings(Model):
    """The `spec` of a NutanixDatacenterConfig."""

    REQUIRED = frozenset({"endpoint", "port"})
    endpoint: Text = ""
    port: Whole = 0
    additional_trust_bundle: Text = ""
    insecure: Flag = False
    credential_ref: Ref | None = None
    failure_domains: tuple[NutanixFailureDomain, ...] = ()
    ccm_exclude_node_ips: Texts = ()


class NutanixDatacenterConfig(Object):
    """The Prism Central that machines are made by."""

    KIND: ClassVar[str] = "NutanixDatacenterConfig"
    spec: NutanixDatacenterSettings = Field(default_factory=NutanixDatacenterSettings)
