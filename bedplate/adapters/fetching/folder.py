"""A folder of downloaded manifests, and its archive, for a place without a network."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from bedplate.bundles.documents import Table
from bedplate.bundles.offline import (
    BUNDLE_FILE,
    RELEASES_FILE,
    Download,
    local_releases,
    rewritten,
)
from bedplate.bundles.resolve import Resolution
from bedplate.bundles.source import Source
from bedplate.errors import BadInput, Owner, PermanentError

AT_ONCE = 8  # downloads; they are small and wait for the network most of the time

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written: the number of manifests, and their bytes together."""

    files: int
    size: int


def check_free(folder: Path) -> None:
    """Raise BadInput DOWNLOAD_FOLDER where the folder or its archive is there already.

    Raises:
        PermanentError: DOWNLOAD_UNWRITABLE, no folder can be called so.
    """
    for path in (folder, archive_of(folder)):
        with _explained(path):
            is_taken = path.exists() and not _is_empty(path)
        if is_taken:
            raise BadInput(
                "DOWNLOAD_FOLDER",
                f"{path} is there already",
                why="a folder holds one bundle, so that nothing of two releases is mixed",
                remedy="remove it, or name another folder with --download-dir",
                owner=Owner.PLATFORM,
            )


def archive_of(folder: Path) -> Path:
    """Return where the archive of a folder is."""
    return folder.parent / f"{folder.name}.tar.gz"


def download(source: Source, found: Resolution, files: Iterable[Download], folder: Path) -> Filled:
    """Fill a folder with manifests and a bundle that names them; all or nothing.

    Raises:
        BadInput: DOWNLOAD_FOLDER.
        PermanentError: DOWNLOAD_UNWRITABLE, or the source's own errors.
        TemporaryError: the source's own errors.
    """
    wanted = tuple(files)
    check_free(folder)
    contents = _read_all(source, [one.uri for one in wanted])
    with _made_whole(folder) as part:
        for one in wanted:
            _write(part / one.path, contents[one.uri])
        _dump(part / BUNDLE_FILE, rewritten(found.written, folder.name, wanted))
        if found.releases is not None and found.release is not None:
            releases = local_releases(found.releases, found.release, folder.name)
            _dump(part / RELEASES_FILE, releases)
    return Filled(len(wanted), sum(len(contents[one.uri]) for one in wanted))


def pack(folder: Path) -> Path:
    """Make the folder's archive; the same content gives the same bytes."""
    target = archive_of(folder)
    with _explained(target), tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        part = Path(scratch) / target.name
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted([folder, *folder.rglob("*")]):
                name = path.relative_to(folder.parent).as_posix()
                archive.add(path, name, recursive=False, filter=_plain)
        part.replace(target)
    return target


def remove(folder: Path) -> None:
    """Remove a folder once its archive is made."""
    with _explained(folder):
        shutil.rmtree(folder)


def _read_all(source: Source, uris: Iterable[str]) -> dict[str, bytes]:
    once = list(dict.fromkeys(uris))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(once, pool.map(source.read, once), strict=True))


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, which takes the other's name once it is full."""
    with _explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".download-") as scratch:
            part = Path(scratch) / folder.name
            part.mkdir()
            yield part
            part.replace(folder)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PermanentError(
            "DOWNLOAD_UNWRITABLE",
            f"{path} cannot be written: {error.strerror}",
            why="what is downloaded is kept there",
            remedy="free some space, or name another folder with --download-dir",
            owner=Owner.PLATFORM,
        ) from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _dump(path: Path, data: Table) -> None:
    text = yaml.dump(data, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8")


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who made it and when."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
