"""Where manifests are read from, and how one manifest names another."""

from __future__ import annotations

import posixpath
import re
from typing import Protocol

from bedplate.errors import Owner, PermanentError

DOWNLOADS = "eks-anywhere-downloads"
"""The usual name of the folder that artifacts are downloaded to."""

_EMBEDDED = "embed:///"
_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Source(Protocol):
    """Reads manifests: from the network, from files, from a cache."""

    def read(self, uri: str) -> bytes:
        """Return what a URL or a path leads to.

        Raises:
            TemporaryError: NET_UNREACHABLE and the like, another try may succeed.
            PermanentError: there is nothing, or it may not be read.
        """
        ...


def beside(base: str, uri: str) -> str:
    """Return where the manifest at `base` finds what it names as `uri`.

    URLs and absolute paths stand for themselves. `embed:///folder/NAME` is the file NAME beside
    the manifest. A relative path is below the manifest's folder; paths of downloaded manifests
    begin with that folder's own name, which is left out.

    Raises:
        PermanentError: SOURCE_ADDRESS, a manifest of the network names a file of this machine.
    """
    folder = base.rpartition("/")[0]
    if uri.startswith(_EMBEDDED):
        return _below(folder, posixpath.basename(uri))
    if _SCHEME.match(uri) or uri.startswith("/"):
        if _REMOTE.match(base) and not _REMOTE.match(uri):
            raise _not_of_the_network(base, uri)
        return uri
    first, slash, rest = posixpath.normpath(uri).partition("/")
    own_name = slash and first in (posixpath.basename(folder), DOWNLOADS)
    return _below(folder, rest if own_name else uri)


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path


def _not_of_the_network(base: str, uri: str) -> PermanentError:
    return PermanentError(
        "SOURCE_ADDRESS",
        f"{base} names {uri}, which is not in the network",
        why="what comes over the network must not choose which files of this machine are read",
        remedy="read the manifest again from where it is published; to use files of this machine,"
        " name a manifest that is one of them",
        owner=Owner.PLATFORM,
    )
