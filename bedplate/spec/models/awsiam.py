"""The AWSIamConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Text, Texts


class BackendMode(Choice):
    """Where the authenticator finds its mappings."""

    EKS_CONFIG_MAP = "EKSConfigMap"
    CRD = "CRD"


class RoleMapping(Model):
    """An IAM role and who it is in the cluster."""

    REQUIRED = frozenset({"role_arn", "username"})
    role_arn: Text = ""
    username: Text = ""
    groups: Texts = ()


class UserMapping(Model):
    """An IAM user and who it is in the cluster."""

    REQUIRED = frozenset({"user_arn", "username"})
    user_arn: Text = ""
    username: Text = ""
    groups: Texts = ()


class AWSIamSettings(Model):
    """The `spec` of an AWSIamConfig."""

    REQUIRED = frozenset({"aws_region", "backend_mode"})
    aws_region: Text = ""
    backend_mode: tuple[BackendMode, ...] = ()
    map_roles: tuple[RoleMapping, ...] = ()
    map_users: tuple[UserMapping, ...] = ()
    partition: Text = ""


class AWSIamConfig(Object):
    """AWS IAM identities that the Kubernetes API trusts."""

    KIND: ClassVar[str] = "AWSIamConfig"
    spec: AWSIamSettings = Field(default_factory=AWSIamSettings)
