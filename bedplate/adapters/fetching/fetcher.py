"""The source of manifests: files as they are, addresses over HTTPS, copies where asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bedplate.adapters.fetching import trouble
from bedplate.adapters.fetching.addresses import local_path
from bedplate.adapters.fetching.cache import Cache
from bedplate.adapters.fetching.web import Web
from bedplate.bundles.documents import MAX_BYTES
from bedplate.errors import Owner, PermanentError


def _silent(text: str) -> None:
    del text


class Fetcher:
    """Reads manifests (the `Source` of bedplate.bundles).

    What an address has may change, so it is read anew each time and kept in the cache; `offline`
    uses the last copy instead, and says of when it is through `warn`.
    """

    def __init__(
        self,
        web: Web,
        cache: Cache | None = None,
        *,
        offline: bool = False,
        warn: Callable[[str], None] = _silent,
    ) -> None:
        self._web = web
        self._cache = cache
        self._offline = offline
        self._warn = warn

    def read(self, uri: str) -> bytes:
        path = local_path(uri)
        if path is not None:
            return _read_file(path)
        if self._offline:
            return self._copy(uri)
        content = self._web.read(uri, MAX_BYTES)
        self._keep(uri, content)
        return content

    def _copy(self, uri: str) -> bytes:
        kept = self._cache.last(uri) if self._cache is not None else None
        if kept is None:
            raise PermanentError(
                "OFFLINE_MISSING",
                f"no copy of {uri} is kept",
                why="without a network only what was read before, or downloaded, is there",
                remedy="run the command once with a network, or use a downloaded folder:"
                " docs/how-to/air-gap.md",
                owner=Owner.PLATFORM,
            )
        self._warn(f"{uri}: the copy of {kept.at:%Y-%m-%d %H:%M:%SZ} is used, nothing was asked")
        return kept.content

    def _keep(self, uri: str, content: bytes) -> None:
        if self._cache is None:
            return
        try:
            self._cache.keep(uri, content)
        except OSError as error:
            self._warn(f"no copy of {uri} is kept: {error.strerror}")


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise trouble.missing(str(path), "there is no such file") from error
    except OSError as error:
        raise trouble.unreadable(path, error) from error
    if len(content) > MAX_BYTES:
        raise trouble.too_large(str(path), MAX_BYTES)
    return content
