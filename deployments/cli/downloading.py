"""The work of `download artifacts`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.fetching import folder as tree
from bedplate.bundles.offline import BUNDLE_FILE, Download, downloads
from bedplate.bundles.resolve import Demand, Resolution
from deployments.cli.bundle_finding import Finder
from deployments.cli.bundle_options import KeyFiles, Where
from deployments.cli.bundle_reports import DownloadReport, ManifestReport
from deployments.cli.bundling import BAD, VERIFIED, signature_state
from deployments.cli.screen import Screen


@dataclass(frozen=True, slots=True)
class Wish:
    """Where to, and what of it stays."""

    folder: Path
    dry_run: bool = False
    retain: bool = False


def download(screen: Screen, where: Where, files: KeyFiles, wish: Wish) -> None:
    """Download a bundle's manifests; the folder is looked at again as it will be used.

    Raises:
        PermanentError: BUNDLE_TAMPERED and the like, the bundle's signature is bad.
    """
    finder = Finder(screen, where, files)
    found = finder.find_alone() if wish.dry_run else finder.find_all()
    _require_good(found)
    asked = finder.versions(found)
    wanted = downloads(found.written, {found.chosen.management.kube_version, *asked})
    if wish.dry_run:
        _tell(screen, wanted, _report(wanted, signature_state(found)))
        return
    folder = Path(os.path.normpath(wish.folder.absolute()))
    filled = tree.download(finder.source, found, wanted, folder)
    state = _state_in(screen, folder, files, asked)
    archive = tree.pack(folder)
    if not wish.retain:
        tree.remove(folder)
    report = _report(
        wanted, state, folder=folder if wish.retain else None, archive=archive, size=filled.size
    )
    _tell(screen, (), report)


def _require_good(found: Resolution) -> None:
    """Raise what is wrong with a signature; a bundle without one is told at the end."""
    if signature_state(found) == BAD:
        raise found.findings[0]  # the signature is looked at before support


def _state_in(screen: Screen, folder: Path, files: KeyFiles, versions: tuple[str, ...]) -> str:
    """Read the folder as a site without a network does, and tell how its signature stands."""
    again = Where(bundles=str(folder / BUNDLE_FILE), kubernetes_versions=versions)
    return signature_state(Finder(screen, again, files).find(Demand.REPORT))


def _report(
    wanted: tuple[Download, ...],
    state: str,
    *,
    folder: Path | None = None,
    archive: Path | None = None,
    size: int = 0,
) -> DownloadReport:
    return DownloadReport(
        folder=None if folder is None else str(folder),
        archive=None if archive is None else str(archive),
        bytes=size,
        signature=state,
        manifests=tuple(ManifestReport(uri=one.uri, path=one.path) for one in wanted),
    )


def _tell(screen: Screen, listed: tuple[Download, ...], report: DownloadReport) -> None:
    if screen.wants_json:
        screen.document(report.text())
        return
    for one in listed:
        screen.say(one.uri)
    if report.archive is not None:
        count = len(report.manifests)
        screen.say(f"✅ {count} manifests, {report.bytes} bytes, in {report.archive}")
        screen.say(_SIGNATURES.get(report.signature, "   the bundle is not signed"))
        if report.folder is not None:
            screen.say(f"   the folder {report.folder} is kept")


_SIGNATURES = {
    VERIFIED: "   the bundle's signature is good, with the addresses in the folder too",
    BAD: "❌ the bundle's signature is bad; bedplate bundles verify says more",
}
