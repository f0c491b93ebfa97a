"""The deprecated GitOpsConfig kind; loading turns it into a FluxConfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, Metadata
from bedplate.spec.models.flux import FluxConfig, FluxSettings, Github


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOpsGithub:
    """A repository at GitHub, with what FluxConfig keeps one level higher."""

    owner: str = ""
    repository: str = ""
    flux_system_namespace: str = ""
    branch: str = ""
    cluster_config_path: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOpsFlux:
    """Flux, with its only provider."""

    github: GitOpsGithub = GitOpsGithub()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOpsSettings:
    """The `spec` of a GitOpsConfig."""

    flux: GitOpsFlux = GitOpsFlux()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOpsConfig:
    """Deprecated form of FluxConfig."""

    KIND: ClassVar[str] = "GitOpsConfig"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: GitOpsSettings = GitOpsSettings()

    def as_flux(self) -> FluxConfig:
        """Return the FluxConfig that says the same."""
        old = self.spec.flux.github
        return FluxConfig(
            metadata=self.metadata,
            spec=FluxSettings(
                system_namespace=old.flux_system_namespace,
                cluster_config_path=old.cluster_config_path,
                branch=old.branch,
                github=Github(owner=old.owner, repository=old.repository, personal=old.personal),
            ),
        )
