"""The release manifest and the Bundles manifest, and what is chosen from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import Field, field_validator

from bedplate.bundles.artifacts import Document
from bedplate.bundles.documents import Written, as_model, check_kind
from bedplate.bundles.semver import Version, parse
from bedplate.bundles.versions_bundle import VersionsBundle
from bedplate.errors import BadInput, Owner, PermanentError

API = "anywhere.eks.amazonaws.com/v1alpha1"
RELEASE_MANIFEST = "https://anywhere-assets.eks.amazonaws.com/releases/eks-a/manifest.yaml"
"""Where EKS Anywhere publishes its releases."""

LATEST = "latest"
SHOWN = 5


class EksaRelease(Document):
    """One release of EKS Anywhere; `date` is RFC 3339, empty in development manifests."""

    version: str
    number: int = 0
    date: str = ""
    git_commit: str = ""
    git_tag: str = ""
    bundle_manifest_url: str = ""


class ReleaseSpec(Document):
    """All releases."""

    latest_version: str = ""
    releases: tuple[EksaRelease, ...] = ()


class ReleaseManifest(Document):
    """The `Release` of anywhere.eks.amazonaws.com/v1alpha1."""

    spec: ReleaseSpec = ReleaseSpec()


class BundlesMetadata(Document):
    """The name, and the annotations that hold signatures."""

    name: str = ""
    annotations: Mapping[str, str] = Field(default_factory=dict)


class BundlesSpec(Document):
    """A number that only grows, the releases it is for, and a part per Kubernetes version."""

    number: int = 0
    cli_min_version: str = ""
    cli_max_version: str = ""
    versions_bundles: tuple[VersionsBundle, ...] = ()

    @field_validator("versions_bundles")
    @classmethod
    def _has_versions(cls, found: tuple[VersionsBundle, ...]) -> tuple[VersionsBundle, ...]:
        versions = [bundle.kube_version for bundle in found]
        for version in versions:
            parse_kubernetes(version)
        if len(set(versions)) < len(versions):
            raise ValueError("a kubeVersion is there twice")
        return found


class Bundles(Document):
    """The `Bundles` of anywhere.eks.amazonaws.com/v1alpha1."""

    metadata: BundlesMetadata = BundlesMetadata()
    spec: BundlesSpec

    @property
    def kubernetes_versions(self) -> tuple[str, ...]:
        """Return the versions in the order written."""
        return tuple(bundle.kube_version for bundle in self.spec.versions_bundles)


def parse_kubernetes(version: str) -> tuple[int, int]:
    """Return major and minor of `1.34`; raises ValueError where it is no such version."""
    major, dot, minor = version.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal()):
        raise ValueError(f"{version!r} is no Kubernetes version such as 1.34")
    return int(major), int(minor)


def release_manifest(written: Written) -> ReleaseManifest:
    """Return a release manifest; raises PermanentError MANIFEST_KIND or MANIFEST_INVALID."""
    check_kind(written, API, "Release")
    return as_model(written, ReleaseManifest)


def bundles(written: Written) -> Bundles:
    """Return a bundle; raises PermanentError MANIFEST_KIND, MANIFEST_INVALID or BUNDLE_EMPTY."""
    check_kind(written, API, "Bundles")
    found = as_model(written, Bundles)
    if not found.spec.versions_bundles:
        raise PermanentError(
            "BUNDLE_EMPTY",
            f"{written.place(('spec', 'versionsBundles'))}: the bundle has no versionsBundles",
            why="a bundle has a part for each Kubernetes version",
            remedy="use a bundle as it was published",
            owner=Owner.PLATFORM,
        )
    return found


def choose_release(manifest: ReleaseManifest, version: str, uri: str) -> EksaRelease:
    """Return the release of a version; `version` empty is the manifest's latest one.

    `vX.Y.Z-dev+latest` is the release of that pre-release with the highest build number, unless
    one is called so.

    Raises:
        BadInput: RELEASE_VERSION_INVALID, it is no version.
        PermanentError: RELEASE_UNKNOWN, with those that are there.
    """
    wanted = _without_branch(version or manifest.spec.latest_version)
    asked = parse(wanted)
    if asked is None:
        raise BadInput(
            "RELEASE_VERSION_INVALID",
            f"{wanted!r} is no version of EKS Anywhere" if wanted else f"{uri} names no latest one",
            why="a release is chosen by its version, such as v0.26.0",
            remedy="name a version with --version",
            owner=Owner.PLATFORM,
        )
    found = _exact(manifest, wanted) or _newest_build(manifest, asked)
    if found is None:
        raise _unknown(manifest, wanted, uri)
    return found


def choose_bundle(found: Bundles, kubernetes_version: str) -> VersionsBundle:
    """Return a Kubernetes version's part; raises PermanentError BUNDLE_VERSION_MISSING."""
    for bundle in found.spec.versions_bundles:
        if bundle.kube_version == kubernetes_version:
            return bundle
    number = found.spec.number
    raise PermanentError(
        "BUNDLE_VERSION_MISSING",
        f"kubernetes version {kubernetes_version} is not supported by bundles manifest {number}",
        why=f"this bundle has {', '.join(found.kubernetes_versions)}",
        remedy="change kubernetesVersion to one of these, or use another release of EKS Anywhere",
        owner=Owner.SPEC_AUTHOR,
    )


def outside_limits(spec: BundlesSpec, version: str) -> bool:
    """Return whether a release is older or newer than the bundle says it is for."""
    asked, least, most = parse(version), parse(spec.cli_min_version), parse(spec.cli_max_version)
    if asked is None:
        return False
    return (least is not None and asked < least) or (most is not None and most < asked)


def day(text: str) -> date | None:
    """Return the day of an RFC 3339 time or of `2026-11-23`; None where it is neither."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _without_branch(version: str) -> str:
    """A development build of a branch is called `BRANCH-vX.Y.Z-dev+latest`."""
    if "dev" in version and version.count("-") > 1:
        return version.partition("-")[2]
    return version


def _exact(manifest: ReleaseManifest, wanted: str) -> EksaRelease | None:
    names = {wanted, f"v{wanted.removeprefix('v')}"}
    return next((r for r in manifest.spec.releases if r.version in names), None)


def _newest_build(manifest: ReleaseManifest, asked: Version) -> EksaRelease | None:
    if asked.build != (LATEST,):
        return None
    parsed = [(parse(release.version), release) for release in manifest.spec.releases]
    same = [(v, r) for v, r in parsed if v is not None and v.without_build == asked.without_build]
    return max(same, key=lambda pair: pair[0].build_rank)[1] if same else None


def _unknown(manifest: ReleaseManifest, wanted: str, uri: str) -> PermanentError:
    newest = [release.version for release in manifest.spec.releases][-SHOWN:]
    return PermanentError(
        "RELEASE_UNKNOWN",
        f"no release {wanted} of EKS Anywhere is in {uri}",
        why=f"the latest is {manifest.spec.latest_version or 'not named'},"
        f" the last in the list are {', '.join(newest) or 'none'}",
        remedy="name one of these with --version, or in the specification's eksaVersion",
        owner=Owner.PLATFORM,
    )
