"""The AWSIamConfig kind."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata


class BackendMode(enum.StrEnum):
    """Where the authenticator finds its mappings."""

    EKS_CONFIG_MAP = "EKSConfigMap"
    CRD = "CRD"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMapping:
    """An IAM role and who it is in the cluster."""

    role_arn: str = ""
    username: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMapping:
    """An IAM user and who it is in the cluster."""

    user_arn: str = ""
    username: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AWSIamSettings:
    """The `spec` of an AWSIamConfig."""

    aws_region: str = ""
    backend_mode: tuple[BackendMode, ...] = ()
    map_roles: tuple[RoleMapping, ...] = ()
    map_users: tuple[UserMapping, ...] = ()
    partition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AWSIamConfig:
    """AWS IAM identities that the Kubernetes API trusts."""

    KIND: ClassVar[str] = "AWSIamConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: AWSIamSettings = AWSIamSettings()
