"""The EKSARelease kind: which Bundles a version of EKS Anywhere means in a cluster."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.surroundings import BundlesRef
from bedplate.spec.models.values import Text


class EKSAReleaseSettings(Model):
    """The `spec` of an EKSARelease."""

    REQUIRED = frozenset(
        {"bundle_manifest_url", "bundles_ref", "git_commit", "release_date", "version"}
    )
    release_date: Text = ""
    version: Text = ""
    git_commit: Text = ""
    bundle_manifest_url: Text = ""
    bundles_ref: BundlesRef = Field(default_factory=BundlesRef)


class EKSARelease(Object):
    """A version of EKS Anywhere and the Bundles object in the cluster that it means."""

    KIND: ClassVar[str] = "EKSARelease"
    spec: EKSAReleaseSettings = Field(default_factory=EKSAReleaseSettings)
