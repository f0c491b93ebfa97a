"""What goes wrong on the way to a file, in words."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx

from bedplate.errors import BadInput, BedplateError, Owner, PermanentError, TemporaryError

OK = 200
GONE = frozenset({404, 410})
DENIED = frozenset({401, 403, 407})
BUSY = frozenset({408, 425, 429})
SERVER_FAILED = 500
PACKINGS = frozenset({"", "identity", "gzip", "deflate"})

_OFFLINE = "where there is no network, use a downloaded folder: docs/how-to/air-gap.md"


@contextlib.contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turn the client's errors into ours."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise PermanentError(
            "SOURCE_ADDRESS",
            f"{uri} cannot be read: {error}",
            why="it is no address that can be asked",
            remedy="correct the address, or that of the proxy",
            owner=Owner.PLATFORM,
        ) from error
    except httpx.HTTPError as error:
        raise _of(uri, error) from error


def check_status(uri: str, status: int) -> None:
    """Raise unless a server gave what was asked for."""
    if status == OK:
        return
    if status in BUSY or status >= SERVER_FAILED:
        raise TemporaryError(
            "NET_BUSY",
            f"{uri}: the server answers with {status}",
            why="it cannot answer now",
            remedy="run the same command again later",
            owner=Owner.NETWORK,
        )
    if status in GONE:
        raise missing(uri, f"the server answers with {status}")
    why = "the server wants a login" if status in DENIED else "this is no answer to a read"
    raise PermanentError(
        "SOURCE_DENIED",
        f"{uri}: the server answers with {status}",
        why=why,
        remedy=f"check the address and what the server lets in; {_OFFLINE}",
        owner=Owner.NETWORK,
    )


def check_encoding(uri: str, encoding: str) -> None:
    """Raise unless a page is sent plain or packed once; nested packing multiplies its size."""
    if encoding.strip().lower() in PACKINGS:
        return
    raise PermanentError(
        "SOURCE_UNREADABLE",
        f"{uri} cannot be read: it is sent as {encoding}",
        why="a page is read as it is, or packed once with gzip or deflate",
        remedy="use an address that serves the file itself",
        owner=Owner.NETWORK,
    )


def missing(uri: str, seen: str) -> PermanentError:
    """There is nothing at an address."""
    return PermanentError(
        "SOURCE_MISSING",
        f"{uri} is not there: {seen}",
        why="what names this address expects it",
        remedy="check the address; downloaded folders are moved as a whole, with their name",
        owner=Owner.PLATFORM,
    )


def unreadable(path: Path, error: OSError) -> PermanentError:
    """A local file cannot be read."""
    return PermanentError(
        "SOURCE_UNREADABLE",
        f"{path} cannot be read: {error.strerror or type(error).__name__}",
        why="the operating system does not let this user read it",
        remedy="check the path and its permissions",
        owner=Owner.PLATFORM,
    )


def insecure(uri: str, host: str) -> PermanentError:
    """Plain HTTP to another machine."""
    return PermanentError(
        "SOURCE_INSECURE",
        f"{uri} would be read without TLS",
        why="what comes over http can be changed on its way",
        remedy=f"use https://, or allow it with --allow-http {host}",
        owner=Owner.PLATFORM,
    )


def insecure_redirect(uri: str, target: str) -> PermanentError:
    """A redirect away from HTTPS."""
    return PermanentError(
        "NET_REDIRECT",
        f"{uri} redirects to {target.partition('?')[0]}",
        why="redirects are followed to https:// only",
        remedy="use the address that serves the file itself",
        owner=Owner.NETWORK,
    )


def too_many_redirects(uri: str, most: int) -> PermanentError:
    """Redirects without end."""
    return PermanentError(
        "NET_REDIRECT",
        f"{uri} redirects more than {most} times",
        why="it would never end",
        remedy="use the address that serves the file itself",
        owner=Owner.NETWORK,
    )


def too_large(uri: str, limit: int) -> PermanentError:
    """More bytes than the kind of file may have."""
    return PermanentError(
        "SOURCE_TOO_LARGE",
        f"{uri} is larger than {limit} bytes",
        why="a file of this kind is much smaller",
        remedy="check the address: it may lead to something else",
        owner=Owner.PLATFORM,
    )


def too_slow(uri: str, longest: float) -> TemporaryError:
    """Bytes that drip."""
    return TemporaryError(
        "NET_UNREACHABLE",
        f"{uri} was not read within {longest:.0f} s",
        why="the connection is too slow, or the server stalls",
        remedy="run the same command again; what was read whole is in the cache",
        owner=Owner.NETWORK,
    )


@contextlib.contextmanager
def authorities(path: Path) -> Iterator[None]:
    """Explain a file of certificate authorities that cannot be used."""
    try:
        yield
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            "CA_INVALID",
            f"{path} holds no certificates that can be used: {error.strerror or error}",
            why="it is to hold the certificates of authorities in PEM",
            remedy="correct --ca-file",
            owner=Owner.PLATFORM,
        ) from error


def _of(uri: str, error: httpx.HTTPError) -> BedplateError:
    certificate = _certificate_trouble(error)
    if certificate is not None:
        return PermanentError(
            "NET_TLS",
            f"{uri}: {certificate.verify_message or certificate.reason}",
            why="the server's certificate is not one that this machine trusts",
            remedy="add the authority that issued it with --ca-file; a proxy may be in between",
            owner=Owner.NETWORK,
        )
    seen = str(error) or type(error).__name__
    through = " through the proxy" if isinstance(error, httpx.ProxyError) else ""
    return TemporaryError(
        "NET_UNREACHABLE",
        f"{uri} cannot be reached{through}: {seen}",
        why="the network, a name server, a proxy or the host does not answer",
        remedy=f"check the connection and run the same command again; {_OFFLINE}",
        owner=Owner.NETWORK,
    )


def _certificate_trouble(error: BaseException) -> ssl.SSLCertVerificationError | None:
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, ssl.SSLCertVerificationError):
            return at
        at = at.__cause__ or at.__context__
    return None
