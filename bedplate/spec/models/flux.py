"""The FluxConfig kind."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata


class SshKeyAlgorithm(enum.StrEnum):
    """The kind of the key that Git is asked with."""

    RSA = "rsa"
    ECDSA = "ecdsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Github:
    """A repository at GitHub."""

    owner: str = ""
    repository: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """A repository reached over SSH."""

    repository_url: str = ""
    ssh_key_algorithm: SshKeyAlgorithm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxSettings:
    """The `spec` of a FluxConfig."""

    system_namespace: str = ""
    cluster_config_path: str = ""
    branch: str = ""
    github: Github | None = None
    git: Git | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxConfig:
    """The Git repository that Flux keeps the cluster equal to."""

    KIND: ClassVar[str] = "FluxConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: FluxSettings = FluxSettings()
