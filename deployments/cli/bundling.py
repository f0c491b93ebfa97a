"""The work of `bundles` and `list`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bedplate.bundles import listing, signature, support
from bedplate.bundles.listing import Listed
from bedplate.bundles.mirror import MirrorMap
from bedplate.bundles.resolve import Demand, Resolution
from bedplate.bundles.versions_bundle import VersionsBundle
from bedplate.errors import BadInput, Owner, PermanentError
from deployments.cli.building import error_report
from deployments.cli.bundle_finding import Finder
from deployments.cli.bundle_options import KeyFiles, Where
from deployments.cli.bundle_reports import (
    BundleReport,
    ImageReport,
    ImagesReport,
    KubernetesReport,
    OvaReport,
    OvasReport,
)
from deployments.cli.screen import Screen

VERIFIED, UNSIGNED, BAD = "verified", "unsigned", "bad"


def show(screen: Screen, where: Where, files: KeyFiles) -> None:
    """Show a bundle, good or not."""
    _tell(screen, where, files, Demand.REPORT)


def verify(screen: Screen, where: Where, files: KeyFiles) -> None:
    """Show a bundle that is good; raises PermanentError with what is wrong where it is not."""
    _tell(screen, where, files, Demand.REQUIRE)


def list_images(screen: Screen, where: Where, files: KeyFiles, *, mirrored: bool) -> None:
    """List images and charts."""
    finder = Finder(screen, where, files)
    mirror = finder.mirror()
    if mirrored and mirror is None:
        raise BadInput(
            "MIRROR_MISSING",
            "no specification with a registryMirrorConfiguration is named",
            why="names in a mirror follow from its endpoint and its namespaces",
            remedy="name a specification that has one with -f, or leave --mirror out",
            owner=Owner.SPEC_AUTHOR,
        )
    found = finder.find_all()
    _warn(screen, found)
    images = listing.listed(found)
    if screen.wants_json:
        lines = tuple(_image(image, mirror) for image in images)
        screen.document(ImagesReport(images=lines).text())
        return
    for image in images:
        screen.say(mirror.mirrored(image.pinned) if mirrored and mirror else image.pinned)


def list_ovas(screen: Screen, where: Where, files: KeyFiles) -> None:
    """List virtual machine images."""
    finder = Finder(screen, where, files)
    found = finder.find_alone()
    _warn(screen, found)
    lines = tuple(
        OvaReport(
            kubernetes_version=one.version,
            os=one.os,
            uri=one.archive.uri,
            sha256=one.archive.sha256,
            sha512=one.archive.sha512,
        )
        for one in listing.ovas(found, finder.versions(found))
    )
    if screen.wants_json:
        screen.document(OvasReport(ovas=lines).text())
        return
    for line in lines:
        screen.say(f"{line.os} for Kubernetes {line.kubernetes_version}:")
        screen.say(f"  uri:    {line.uri}")
        screen.say(f"  sha256: {line.sha256 or 'not named'}")
        screen.say(f"  sha512: {line.sha512 or 'not named'}")


def signature_state(found: Resolution) -> str:
    """Return how a bundle's signature stands."""
    if found.signed is not None:
        return VERIFIED
    return BAD if signature.signature_of(found.written) else UNSIGNED


def _warn(screen: Screen, found: Resolution) -> None:
    """Say what `verify` refuses: a list is what people copy, and copied images are trusted."""
    for error in found.findings:
        screen.warn(f"⚠️ {error.code}: {error.seen}")


def _tell(screen: Screen, where: Where, files: KeyFiles, demand: Demand) -> None:
    finder = Finder(screen, where, files)
    found = finder.find(demand)
    if screen.wants_json:
        screen.document(_report(finder, found).text())
        return
    for line in _lines(finder, found):
        screen.say(line)


def _report(finder: Finder, found: Resolution) -> BundleReport:
    mirror = finder.mirror()
    return BundleReport(
        number=found.chosen.number,
        eksa_version=found.chosen.eksa_version,
        source=found.chosen.source,
        sha256=found.written.digest,
        digest=found.chosen.digest,
        signature=signature_state(found),
        key=finder.keys.bundle.name,
        not_signed=found.signed or (),
        kubernetes=tuple(_kubernetes(found, one) for one in found.bundles.spec.versions_bundles),
        images=tuple(_image(image, mirror) for image in listing.listed(found)),
        findings=tuple(error_report(error) for error in found.findings),
        notes=found.notes,
    )


def _kubernetes(found: Resolution, bundle: VersionsBundle) -> KubernetesReport:
    read = found.distros.get(bundle.kube_version)
    return KubernetesReport(
        version=bundle.kube_version,
        release=bundle.eks_d.name,
        kubernetes=bundle.eks_d.kube_version,
        end_of_standard_support=bundle.end_of_standard_support,
        extended=_is_extended(bundle),
        asked_for=read is not None,
        manifest=read.written.uri if read is not None else bundle.eks_d.manifest_url,
        manifest_sha256=read.written.digest if read is not None else None,
    )


def _is_extended(bundle: VersionsBundle) -> bool:
    try:
        return support.is_extended(bundle, datetime.fromtimestamp(time.time(), UTC))
    except PermanentError:
        return False  # no date: told among the findings where the version is asked for


def _image(image: Listed, mirror: MirrorMap | None) -> ImageReport:
    return ImageReport(
        uri=image.uri,
        digest=image.digest,
        form=image.form.value,
        kubernetes_versions=image.versions,
        mirror=mirror.mirrored(image.uri) if mirror is not None else None,
    )


def _lines(finder: Finder, found: Resolution) -> Iterator[str]:
    chosen = found.chosen
    of = f" of EKS Anywhere {chosen.eksa_version}" if chosen.eksa_version else ""
    yield f"Bundle {chosen.number}{of}, from {chosen.source}"
    yield f"digest     sha256:{chosen.digest}"
    yield _signature_line(finder, found)
    for bundle in found.bundles.spec.versions_bundles:
        yield _version_line(found, _kubernetes(found, bundle))
    images = listing.listed(found)
    pinned = sum(1 for image in images if image.digest)
    yield f"images     {len(images)}, {pinned} of them with a digest (--output json names them)"
    for note in found.notes:
        yield f"note       {note}"
    for error in found.findings:
        yield f"❌ {error.code}: {error.seen}"
        yield f"   {error.remedy}"


def _signature_line(finder: Finder, found: Resolution) -> str:
    state = signature_state(found)
    if state == VERIFIED:
        left_out = len(found.signed or ())
        return (
            f"signature  ✅ by the key {finder.keys.bundle.name},"
            f" over all but {left_out} parts that a user may replace"
        )
    return f"signature  {'none' if state == UNSIGNED else 'bad'}"


def _version_line(found: Resolution, one: KubernetesReport) -> str:
    mark = "✅" if one.asked_for else "  "
    until = f", standard support until {one.end_of_standard_support}"
    ended = " (ended)" if one.extended else ""
    support_text = f"{until}{ended}" if one.end_of_standard_support else ""
    first = ", also of the management components" if _is_first(found, one) else ""
    return f"{one.version:<10} {mark} {one.kubernetes} {one.release}{support_text}{first}"


def _is_first(found: Resolution, one: KubernetesReport) -> bool:
    return found.chosen.management.kube_version == one.version
