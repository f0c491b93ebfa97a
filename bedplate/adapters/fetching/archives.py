"""Archives: large files whose digests are known before they are read."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from bedplate.adapters.fetching import trouble
from bedplate.adapters.fetching.addresses import local_path
from bedplate.adapters.fetching.cache import CHUNK, SHA256, Cache
from bedplate.adapters.fetching.web import Web
from bedplate.bundles import Archive
from bedplate.errors import Owner, PermanentError, TemporaryError

LARGEST = 64 * 1024**3
"""Bytes; a virtual machine image has a few thousand million."""

SHA512 = "sha512"


class Archives:
    """Downloads archives into a cache, each once."""

    def __init__(self, web: Web, cache: Cache) -> None:
        self._web = web
        self._cache = cache

    def fetch(self, archive: Archive) -> Path:
        """Return a file with the archive's content, verified by every digest that it has.

        Raises:
            TemporaryError: NET_UNREACHABLE and the like, DISK_FULL.
            PermanentError: DIGEST_MISMATCH, DIGEST_MISSING, or the source's own.
        """
        wanted = _digests(archive)
        algorithm = SHA256 if SHA256 in wanted else SHA512
        path = self._cache.blob(algorithm, wanted[algorithm])
        if not _is_whole(path, wanted):
            self._download(archive.uri, wanted, path)
        return path

    def _download(self, uri: str, wanted: Mapping[str, str], path: Path) -> None:
        hashes = {name: hashlib.new(name) for name in wanted}
        try:
            with self._opened(uri) as pieces, self._cache.writing(path) as file:
                for piece in pieces:
                    file.write(piece)
                    for one in hashes.values():
                        one.update(piece)
                _compare(uri, wanted, {name: one.hexdigest() for name, one in hashes.items()})
        except OSError as error:
            raise TemporaryError(
                "DISK_FULL",
                f"{path} cannot be written: {error.strerror}",
                why="the archive is kept there",
                remedy="free some space, or make the folder writable",
                owner=Owner.PLATFORM,
            ) from error

    @contextlib.contextmanager
    def _opened(self, uri: str) -> Iterator[Iterator[bytes]]:
        path = local_path(uri)
        if path is None:
            with self._web.stream(uri, LARGEST, raw=True) as pieces:
                yield pieces
            return
        if not path.is_file():
            raise trouble.missing(str(path), "there is no such file")
        yield _pieces(path)


def _digests(archive: Archive) -> dict[str, str]:
    given = {SHA256: archive.sha256, SHA512: archive.sha512}
    found = {name: digest.strip().lower() for name, digest in given.items() if digest.strip()}
    for name, digest in found.items():
        size = 2 * hashlib.new(name).digest_size
        if len(digest) != size or not set(digest) <= set("0123456789abcdef"):
            raise _unusable(archive, f"its {name} is {digest!r}")
    if not found:
        raise _unusable(archive, "it has neither sha256 nor sha512")
    return found


def _is_whole(path: Path, wanted: Mapping[str, str]) -> bool:
    if not path.is_file():
        return False
    hashes = {name: hashlib.new(name) for name in wanted}
    for piece in _pieces(path):
        for one in hashes.values():
            one.update(piece)
    return all(hashes[name].hexdigest() == digest for name, digest in wanted.items())


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise trouble.unreadable(path, error) from error


def _compare(uri: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> None:
    for name, digest in wanted.items():
        if found[name] != digest:
            raise PermanentError(
                "DIGEST_MISMATCH",
                f"{uri} has the {name} {found[name]}, the manifest says {digest}",
                why="the file is not the one that was published, or was cut on its way",
                remedy="download it again; where it stays so, check the proxy and the mirror",
                owner=Owner.PLATFORM,
            )


def _unusable(archive: Archive, seen: str) -> PermanentError:
    return PermanentError(
        "DIGEST_MISSING",
        f"the archive {archive.uri} cannot be verified: {seen}",
        why="an archive without a digest may be anything",
        remedy="use a bundle that names its digest",
        owner=Owner.PLATFORM,
    )
