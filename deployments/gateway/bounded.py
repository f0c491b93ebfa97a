"""HTTP whose answers are bounded: so many bytes, and so many seconds from first to last.

httpx limits each single wait: whoever sends a byte before each one ends may keep a caller for ever.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

LONGEST_ANSWER = 4 * 1024 * 1024
MOST_CONNECTIONS, KEPT_SECONDS = 100, 5.0
DEADLINE: ContextVar[float] = ContextVar("deadline")


class AnswerTooLong(httpx.TransportError):
    """The answer has more bytes than are taken."""


class AnswerTooSlow(httpx.TimeoutException):
    """The answer was not all there in time."""


class AnswerPacked(httpx.TransportError):
    """The answer is compressed, though that was not asked for; what is in it has no limit."""


class BoundedTransport(httpx.BaseTransport):
    """Reads each answer whole, within `seconds` for all of it; `clock` only ever goes forward."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=_Network(clock),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises httpx.TransportError."""
        request.headers["accept-encoding"] = "identity"
        token = DEADLINE.set(self._clock() + self._seconds)
        try:
            with _as_httpx():
                return self._ask(request)
        finally:
            DEADLINE.reset(token)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _ask(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        with contextlib.closing(self._pool.handle_request(asked)) as answer:
            headers = httpx.Headers(answer.headers)
            if headers.get("content-encoding", "identity") != "identity":
                raise AnswerPacked("the answer is compressed")
            return httpx.Response(answer.status, headers=headers, content=_whole(answer))


def _whole(answer: httpcore.Response) -> bytes:
    content = bytearray()
    for chunk in answer.iter_stream():
        content += chunk
        if len(content) > LONGEST_ANSWER:
            raise AnswerTooLong(f"the answer has more than {LONGEST_ANSWER} bytes")
    return bytes(content)


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as the ones that callers of httpx know."""
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error)) from None
    except httpcore.TimeoutException as error:
        raise AnswerTooSlow(str(error)) from None
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error)) from None
    except httpcore.NetworkError as error:
        raise httpx.NetworkError(str(error)) from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise httpx.ProtocolError(str(error)) from None


class _Network(httpcore.NetworkBackend):
    """The network, where no wait goes beyond the deadline of the request that waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._inner, self._clock = httpcore.SyncBackend(), clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, self._clock)
        stream = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._clock)


class _Stream(httpcore.NetworkStream):
    """A connection of such a network; one request uses it at a time."""

    def __init__(self, inner: httpcore.NetworkStream, clock: Callable[[], float]) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._inner.read(max_bytes, _left(timeout, self._clock))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._inner.write(buffer, _left(timeout, self._clock))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Agree on TLS."""
        left = _left(timeout, self._clock)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> object:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, clock: Callable[[], float]) -> float:
    left = DEADLINE.get() - clock()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole answer is over")
    return left if timeout is None else min(timeout, left)
