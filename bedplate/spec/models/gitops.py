"""The deprecated GitOpsConfig kind; loading turns it into a FluxConfig."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.flux import FluxConfig, FluxSettings, Github
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Flag, Text


class GitOpsGithub(Model):
    """A repository at GitHub, with what FluxConfig keeps one level higher."""

    REQUIRED = frozenset({"owner", "repository"})
    owner: Text = ""
    repository: Text = ""
    flux_system_namespace: Text = ""
    branch: Text = ""
    cluster_config_path: Text = ""
    personal: Flag = False


class GitOpsFlux(Model):
    """Flux, with its only provider."""

    github: GitOpsGithub = Field(default_factory=GitOpsGithub)


class GitOpsSettings(Model):
    """The `spec` of a GitOpsConfig."""

    flux: GitOpsFlux = Field(default_factory=GitOpsFlux)


class GitOpsConfig(Object):
    """Deprecated form of FluxConfig."""

    KIND: ClassVar[str] = "GitOpsConfig"
    spec: GitOpsSettings = Field(default_factory=GitOpsSettings)

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
