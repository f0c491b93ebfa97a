"""From an address and the Kubernetes versions that are wanted to the one chosen bundle."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bedplate.bundles import distro, documents, manifests, semver, signature, support
from bedplate.bundles.chosen import ChosenBundle, Versions
from bedplate.bundles.distro import DistroRelease
from bedplate.bundles.documents import Written
from bedplate.bundles.keys import PublicKey
from bedplate.bundles.manifests import RELEASE_MANIFEST, Bundles, EksaRelease
from bedplate.bundles.source import Source, beside
from bedplate.bundles.versions_bundle import VersionsBundle
from bedplate.errors import Owner, PermanentError

FIRST_SIGNED = semver.Version((0, 22, 0))
"""Bundles of earlier releases were not signed."""

LONGEST_TRUST = timedelta(days=2 * 365)
"""A signature that is older is told: keys and what is in a bundle age."""


class Demand(enum.Enum):
    """What to do about signatures and the end of support."""

    REQUIRE = "require"
    """Refuse a bundle that is not signed by the key, and one without support."""

    REPORT = "report"
    """Say what is wrong, and go on: for looking at a bundle."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose signatures are believed; `licence` None where no licence can be checked."""

    bundle: PublicKey
    distro: PublicKey
    licence: PublicKey | None = None

    @classmethod
    def published(cls) -> Keys:
        """Return EKS Anywhere's own keys."""
        return cls(*signature.default_keys())


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    `bundles` is the address of a bundle; where it is empty, `eksa_version` is looked up in the
    manifest at `releases` (empty: its latest). `licence` is the specification's token.
    """

    now: datetime
    kubernetes_versions: tuple[str, ...] = ()
    bundles: str = ""
    eksa_version: str = ""
    releases: str = RELEASE_MANIFEST
    keys: Keys = field(default_factory=Keys.published)
    licence: str = field(default="", repr=False)
    demand: Demand = Demand.REQUIRE


@dataclass(frozen=True, slots=True)
class DistroManifest:
    """An EKS Distro release as it was read."""

    written: Written
    release: DistroRelease


@dataclass(frozen=True, slots=True)
class Resolution:
    """The chosen bundle and all that it was chosen from.

    `signed` are the paths that its signature leaves out, None where it has no good one; `findings`
    are what was wrong and only reported; `notes` are for people.
    """

    chosen: ChosenBundle
    releases: Written | None
    release: EksaRelease | None
    written: Written
    bundles: Bundles
    distros: Mapping[str, DistroManifest]
    signed: tuple[str, ...] | None
    findings: tuple[PermanentError, ...]
    notes: tuple[str, ...]


def resolve(source: Source, request: Request) -> ChosenBundle:
    """Return the bundle that a request asks for; raises what `look_up` raises."""
    return look_up(source, request).chosen


def look_up(source: Source, request: Request) -> Resolution:
    """Read and check what a request needs, and nothing else.

    Raises:
        TemporaryError: NET_UNREACHABLE and the like, from the source.
        BadInput: RELEASE_VERSION_INVALID.
        PermanentError: a manifest is none (MANIFEST_…), lacks what is asked for (RELEASE_UNKNOWN,
            BUNDLE_VERSION_MISSING, DISTRO_INCOMPLETE), is not as it was signed (BUNDLE_…,
            DISTRO_…), or is no longer supported (SUPPORT_ENDED, LICENCE_…).
    """
    return _LookUp(source, request).run()


class _LookUp:
    """One walk from the release manifest to the EKS Distro releases."""

    def __init__(self, source: Source, request: Request) -> None:
        self._source = source
        self._request = request
        self._findings: list[PermanentError] = []
        self._notes: list[str] = []

    def run(self) -> Resolution:
        releases, release = self._release()
        uri = beside(releases.uri, release.bundle_manifest_url) if releases and release else ""
        written = self._read(uri or self._request.bundles)
        bundles = manifests.bundles(written)
        signed = self._verified(written, release)
        self._note_limits(bundles, release)
        self._note_age(release)
        found = _in_order(bundles, self._request.kubernetes_versions)
        distros = {v: self._distro(written, bundle) for v, bundle in found.items()}
        for version, bundle in found.items():
            self._check_support(written, bundle, distros[version])
        return Resolution(
            chosen=_chosen(written, bundles, release, found, distros),
            releases=releases,
            release=release,
            written=written,
            bundles=bundles,
            distros=distros,
            signed=signed,
            findings=tuple(self._findings),
            notes=tuple(self._notes),
        )

    def _read(self, uri: str) -> Written:
        return documents.read(self._source.read(uri), uri)

    def _release(self) -> tuple[Written | None, EksaRelease | None]:
        if self._request.bundles:
            return None, None
        written = self._read(self._request.releases)
        manifest = manifests.release_manifest(written)
        release = manifests.choose_release(manifest, self._request.eksa_version, written.uri)
        if not release.bundle_manifest_url:
            raise PermanentError(
                "RELEASE_WITHOUT_BUNDLE",
                f"{written.uri}: release {release.version} names no bundleManifestUrl",
                why="the bundle says what the release consists of",
                remedy="name another release with --version, or a bundle with --bundles",
                owner=Owner.PLATFORM,
            )
        return written, release

    def _verified(self, written: Written, release: EksaRelease | None) -> tuple[str, ...] | None:
        version = semver.parse(release.version) if release is not None else None
        is_signed = bool(signature.signature_of(written))
        if version is not None and version.core < FIRST_SIGNED.core and not is_signed:
            self._notes.append("bundles before v0.22.0 were not signed: not verified")
            return None
        try:
            return signature.verify_bundle(written, self._request.keys.bundle)
        except PermanentError as error:
            self._report(error)
            return None

    def _distro(self, written: Written, bundle: VersionsBundle) -> DistroManifest:
        if not bundle.eks_d.manifest_url:
            raise PermanentError(
                "BUNDLE_WITHOUT_DISTRO",
                f"{written.uri} names no eksD.manifestUrl for Kubernetes {bundle.kube_version}",
                why="the EKS Distro release says which images Kubernetes consists of",
                remedy="use a bundle as it was published",
                owner=Owner.PLATFORM,
            )
        found = self._read(beside(written.uri, bundle.eks_d.manifest_url))
        documents.check_kind(found, distro.DISTRO_API, distro.DISTRO_KIND)
        release = documents.as_model(found, DistroRelease)
        name = release.metadata.name
        if bundle.eks_d.name and bundle.eks_d.name != name:
            self._notes.append(
                f"the bundle calls the EKS Distro release of Kubernetes {bundle.kube_version}"
                f" {bundle.eks_d.name}, the release itself {name or 'nothing'}"
            )
        return DistroManifest(found, release)

    def _check_support(
        self, written: Written, bundle: VersionsBundle, release: DistroManifest
    ) -> None:
        request = self._request
        try:
            if support.is_extended(bundle, request.now):
                support.check_licence(bundle, request.licence, request.keys.licence, request.now)
                channel = bundle.eks_d.channel
                signature.verify_distro(written, release.written, channel, request.keys.distro)
        except PermanentError as error:
            self._report(error)

    def _note_limits(self, bundles: Bundles, release: EksaRelease | None) -> None:
        version = release.version if release is not None else self._request.eksa_version
        if manifests.outside_limits(bundles.spec, version):
            spec = bundles.spec
            self._notes.append(
                f"the bundle is for EKS Anywhere {spec.cli_min_version} to {spec.cli_max_version},"
                f" not for {version}"
            )

    def _note_age(self, release: EksaRelease | None) -> None:
        made = manifests.day(release.date) if release is not None and release.date else None
        if made is not None and self._request.now.date() - made > LONGEST_TRUST:
            self._notes.append(f"the bundle was signed on {made}, more than two years ago")

    def _report(self, error: PermanentError) -> None:
        if self._request.demand is Demand.REQUIRE:
            raise error
        self._findings.append(error)


def _in_order(bundles: Bundles, versions: Iterable[str]) -> dict[str, VersionsBundle]:
    found = {version: manifests.choose_bundle(bundles, version) for version in versions}
    return {v: found[v] for v in sorted(found, key=manifests.parse_kubernetes)}


def _chosen(
    written: Written,
    bundles: Bundles,
    release: EksaRelease | None,
    found: Mapping[str, VersionsBundle],
    distros: Mapping[str, DistroManifest],
) -> ChosenBundle:
    read = [written.content, *(one.written.content for one in distros.values())]
    return ChosenBundle(
        number=bundles.spec.number,
        eksa_version=release.version if release is not None else "",
        digest=_digest(read),
        source=written.uri,
        management=bundles.spec.versions_bundles[0],
        versions={
            version: Versions(
                bundle,
                distro.kube_distro(distros[version].release, distros[version].written.uri),
                distros[version].written.data,
            )
            for version, bundle in found.items()
        },
        written=written.data,
    )


def _digest(contents: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(content)
    return digest.hexdigest()
