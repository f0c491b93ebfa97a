"""Reading over HTTPS: certificates checked, sizes and times bounded, redirects only to HTTPS."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx

from bedplate.adapters.fetching import trouble
from bedplate.adapters.fetching.addresses import check_proxy, goes_direct, is_loopback, split

REDIRECTS = 5
AGENT = "bedplate"


@dataclass(frozen=True, slots=True)
class Network:
    """How the network is reached.

    `ca_file` holds more certificate authorities in PEM; `no_proxy` are hosts that `proxy` is not
    for; `plain_hosts` may be asked over http, as this machine itself always may. Times in seconds:
    `patience` for each answer, `longest` for a whole file.
    """

    ca_file: Path | None = None
    proxy: str = ""
    no_proxy: tuple[str, ...] = ()
    plain_hosts: frozenset[str] = frozenset()
    patience: float = 30.0
    longest: float = 3600.0


class Web:
    """Reads what URLs lead to; keeps its connections until it is closed."""

    def __init__(self, network: Network = Network()) -> None:
        self._network = network
        self._open: list[httpx.Client] = []

    def read(self, uri: str, limit: int) -> bytes:
        """Return what is at a URL, at most `limit` bytes.

        Raises:
            TemporaryError: NET_UNREACHABLE, NET_BUSY.
            PermanentError: NET_TLS, NET_REDIRECT, SOURCE_MISSING and the like.
        """
        with self.stream(uri, limit) as chunks:
            return b"".join(chunks)

    @contextlib.contextmanager
    def stream(self, uri: str, limit: int, *, raw: bool = False) -> Iterator[Iterator[bytes]]:
        """Give the bytes at a URL piece by piece; `raw` as they are stored, without decoding."""
        with trouble.explained(uri), contextlib.ExitStack() as stack:
            response = self._follow(uri, stack)
            trouble.check_status(uri, response.status_code)
            if not raw:
                trouble.check_encoding(uri, response.headers.get("Content-Encoding", ""))
            # As they come: pieces of one size would be waited for, past the deadline.
            pieces = response.iter_raw() if raw else response.iter_bytes()
            yield self._bounded(pieces, uri, limit)

    def close(self) -> None:
        """Close the connections."""
        for client in self._open:
            client.close()

    def _follow(self, uri: str, stack: contextlib.ExitStack) -> httpx.Response:
        at = uri
        for _ in range(REDIRECTS + 1):
            self._check(at)
            response = stack.enter_context(self._client(at).stream("GET", at))
            if response.next_request is None:
                return response
            at = str(response.next_request.url)
            if not at.startswith("https://"):
                raise trouble.insecure_redirect(uri, at)
        raise trouble.too_many_redirects(uri, REDIRECTS)

    def _check(self, uri: str) -> None:
        parts = split(uri)
        host = parts.hostname or ""
        may_be_plain = is_loopback(host) or host in self._network.plain_hosts
        if parts.scheme != "https" and not may_be_plain:
            raise trouble.insecure(uri, host)

    def _client(self, uri: str) -> httpx.Client:
        host = split(uri).hostname or ""
        if not self._network.proxy or goes_direct(host, self._network.no_proxy):
            return self._direct
        return self._proxied

    @cached_property
    def _direct(self) -> httpx.Client:
        return self._make(None)

    @cached_property
    def _proxied(self) -> httpx.Client:
        check_proxy(self._network.proxy)
        return self._make(self._network.proxy)

    def _make(self, proxy: str | None) -> httpx.Client:
        client = httpx.Client(
            verify=self._trust,
            proxy=proxy,
            trust_env=False,
            timeout=self._network.patience,
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
        )
        self._open.append(client)
        return client

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._network.ca_file is not None:
            with trouble.authorities(self._network.ca_file):
                context.load_verify_locations(cafile=self._network.ca_file)
        return context

    def _bounded(self, pieces: Iterator[bytes], uri: str, limit: int) -> Iterator[bytes]:
        """Slow servers must not hold a run forever, nor large ones fill the disk."""
        deadline = time.monotonic() + self._network.longest
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise trouble.too_large(uri, limit)
            if time.monotonic() > deadline:
                raise trouble.too_slow(uri, self._network.longest)
            yield piece
