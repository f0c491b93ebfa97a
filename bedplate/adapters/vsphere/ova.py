"""OVA archives: fetched, compared with the digest they must have, and opened."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from bedplate.errors import Owner, PermanentError, TemporaryError

CHUNK = 1 << 20
SERVER_ERRORS = 500
OVF = "http://schemas.dmtf.org/ovf/envelope/1"


@contextmanager
def fetched(uri: str, sha256: str, folder: Path | None, patience: float) -> Iterator[Ova]:
    """Yield an archive whose digest is right; a copy that was fetched is gone afterwards.

    Raises IMAGE_MISMATCH where the digest is another.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="bedplate-", suffix=".ova") as copy:
            _download(uri, copy, patience)
            yield _checked(Path(copy.name), uri, sha256)
        return
    yield _checked(Path(unquote(parts.path) if parts.scheme == "file" else uri), uri, sha256)


class Ova:
    """An archive on this machine: a description (OVF) and the disks that it names."""

    def __init__(self, path: Path, uri: str) -> None:
        self._path = path
        self._uri = uri

    def description(self) -> str:
        """Return the OVF document."""
        with self._opened() as archive:
            for member in archive:
                if member.name.endswith(".ovf"):
                    text = archive.extractfile(member)
                    if text is not None:
                        return text.read().decode("utf-8")
        raise _broken(self._uri, "it holds no .ovf file")

    @contextmanager
    def file(self, name: str) -> Iterator[tuple[IO[bytes], int]]:
        """Yield one of its files and that file's size in bytes."""
        with self._opened() as archive:
            try:
                member = archive.getmember(name)
            except KeyError:
                raise _broken(self._uri, f"it holds no {name}") from None
            stream = archive.extractfile(member)
            if stream is None:
                raise _broken(self._uri, f"{name} is no file")
            yield stream, member.size

    @contextmanager
    def _opened(self) -> Iterator[tarfile.TarFile]:
        try:
            archive = tarfile.open(self._path)  # noqa: SIM115 - closed below
        except tarfile.TarError:
            raise _broken(self._uri, "it is no tar archive") from None
        with archive:
            yield archive


def networks_of(description: str) -> list[str]:
    """Return the names of the networks that an OVF document speaks of."""
    try:
        root = ElementTree.fromstring(description)  # noqa: S314 - its digest is the bundle's
    except ElementTree.ParseError:
        raise _broken("the archive", "its .ovf file is no XML") from None
    return [
        one.get(f"{{{OVF}}}name", "")
        for section in root.iter(f"{{{OVF}}}NetworkSection")
        for one in section.findall(f"{{{OVF}}}Network")
    ]


def _checked(path: Path, uri: str, sha256: str) -> Ova:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise PermanentError(
            "IMAGE_MISSING",
            f"{uri} cannot be read: {error.strerror}",
            why="the template is made from it",
            remedy="correct the bundle's address of the OVA, or put the file there",
        ) from None
    if found != sha256.lower():
        raise PermanentError(
            "IMAGE_MISMATCH",
            f"{uri} has the SHA-256 {found}, not {sha256}",
            why="it is not the archive that the bundle names, or it arrived damaged",
            remedy="fetch it again from the bundle's address, or correct the bundle",
        )
    return Ova(path, uri)


def _download(uri: str, copy: IO[bytes], patience: float) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(uri, timeout=patience) as answer:
            shutil.copyfileobj(answer, copy, CHUNK)
        copy.flush()
        os.fsync(copy.fileno())
    except urllib.error.HTTPError as error:
        raise _not_served(uri, error.code) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise TemporaryError(
            "NET_UNREACHABLE",
            f"{uri} cannot be fetched: {reason}",
            why="the template is made from it",
            remedy=f"see whether this machine reaches it: curl -I {uri}",
            owner=Owner.NETWORK,
        ) from None


def _not_served(uri: str, status: int) -> PermanentError | TemporaryError:
    kind = TemporaryError if status >= SERVER_ERRORS else PermanentError
    return kind(
        "IMAGE_MISSING",
        f"{uri} is not served: HTTP {status}",
        why="the template is made from it",
        remedy="correct the bundle's address of the OVA, or put the file there",
    )


def _broken(uri: str, reason: str) -> PermanentError:
    return PermanentError(
        "IMAGE_INVALID",
        f"{uri} is no OVA: {reason}",
        why="vCenter can make no machine of it",
        remedy="correct the bundle's address of the OVA",
    )
