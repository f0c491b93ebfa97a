"""The FluxConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Flag, Text


class SshKeyAlgorithm(Choice):
    """The kind of the key that Git is asked with."""

    RSA = "rsa"
    ECDSA = "ecdsa"
    ED25519 = "ed25519"


class Github(Model):
    """A repository at GitHub."""

    REQUIRED = frozenset({"owner", "repository"})
    owner: Text = ""
    repository: Text = ""
    personal: Flag = False


class Git(Model):
    """A repository reached over SSH."""

    REQUIRED = frozenset({"repository_url"})
    repository_url: Text = ""
    ssh_key_algorithm: SshKeyAlgorithm | None = None


class FluxSettings(Model):
    """The `spec` of a FluxConfig."""

    system_namespace: Text = ""
    cluster_config_path: Text = ""
    branch: Text = ""
    github: Github | None = None
    git: Git | None = None


class FluxConfig(Object):
    """The Git repository that Flux keeps the cluster equal to."""

    KIND: ClassVar[str] = "FluxConfig"
    spec: FluxSettings = Field(default_factory=FluxSettings)
