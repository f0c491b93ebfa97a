"""The OIDCConfig kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredClaim:
    """A claim that a token must carry."""

    claim: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OIDCSettings:
    """The `spec` of an OIDCConfig."""

    client_id: str = ""
    issuer_url: str = ""
    groups_claim: str = ""
    groups_prefix: str = ""
    username_claim: str = ""
    username_prefix: str = ""
    required_claims: tuple[RequiredClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OIDCConfig:
    """An OpenID Connect provider that the Kubernetes API trusts."""

    KIND: ClassVar[str] = "OIDCConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: OIDCSettings = OIDCSettings()
