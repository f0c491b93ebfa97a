"""The OIDCConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text


class RequiredClaim(Model):
    """A claim that a token must carry."""

    claim: Text = ""
    value: Text = ""


class OIDCSettings(Model):
    """The `spec` of an OIDCConfig."""

    client_id: Text = ""
    issuer_url: Text = ""
    groups_claim: Text = ""
    groups_prefix: Text = ""
    username_claim: Text = ""
    username_prefix: Text = ""
    required_claims: tuple[RequiredClaim, ...] = ()


class OIDCConfig(Object):
    """An OpenID Connect provider that the Kubernetes API trusts."""

    KIND: ClassVar[str] = "OIDCConfig"
    spec: OIDCSettings = Field(default_factory=OIDCSettings)
