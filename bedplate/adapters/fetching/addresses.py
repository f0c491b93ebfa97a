"""Addresses: which are files, which may be asked for without TLS, which go past the proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from bedplate.errors import BadInput, Owner, PermanentError

REMOTE = frozenset({"http", "https"})
_LOCAL_HOSTS = frozenset({"", "localhost"})


def local_path(uri: str) -> Path | None:
    """Return the file that a path or a `file://` URL names; None for an address in the network.

    Raises:
        PermanentError: SOURCE_ADDRESS, it is neither.
    """
    if "\0" in unquote(uri):
        raise _refused(repr(uri), "it holds a zero byte")
    if "://" not in uri:
        return _path(uri)
    parts = split(uri)
    if parts.scheme in REMOTE:
        return None
    if parts.scheme == "file" and parts.netloc in _LOCAL_HOSTS:
        return Path(unquote(parts.path))
    raise _refused(uri, f"{parts.scheme}:// is no way to read from")


def split(uri: str) -> SplitResult:
    """Return the parts of a URL; raises PermanentError SOURCE_ADDRESS."""
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  # read for its check
        (parts.hostname or "").encode("idna")  # as a name server is asked
    except ValueError as error:
        raise _refused(uri, str(error)) from error
    if parts.username is not None or parts.password is not None:
        host = parts.netloc.rpartition("@")[2]
        raise _refused(f"an address at {host}", "it holds a user or a password")
    if parts.scheme in REMOTE and not parts.hostname:
        raise _refused(uri, "it names no host")
    return parts


def check_proxy(uri: str) -> None:
    """Raise BadInput PROXY_INVALID unless a proxy can be asked; its password is not told."""
    try:
        parts = urlsplit(uri)
        is_usable = parts.scheme in REMOTE and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise BadInput(
            "PROXY_INVALID",
            "the address of the proxy cannot be used",
            why="a proxy is asked over http:// or https://, at a host and a port",
            remedy="correct --proxy, HTTPS_PROXY or the specification's proxyConfiguration,"
            " such as http://proxy.example.com:3128",
            owner=Owner.PLATFORM,
        )


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def goes_direct(host: str, exceptions: Iterable[str]) -> bool:
    """Return whether a host is one of the exceptions: names, `.suffix`, networks, or `*`."""
    return any(_covers(one.strip(), host) for one in exceptions if one.strip())


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise _refused(text, "nobody of that name has a home here") from error


def _covers(exception: str, host: str) -> bool:
    if exception == "*":
        return True
    address = _address(host)
    if address is not None:
        return _network_has(exception, address)
    name = exception.lstrip("*").lstrip(".").lower()
    return host.lower() == name or host.lower().endswith(f".{name}")


def _network_has(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refused(uri: str, seen: str) -> PermanentError:
    return PermanentError(
        "SOURCE_ADDRESS",
        f"{uri} cannot be read: {seen}",
        why="manifests are read from https://, from file:// or from a path, without passwords"
        " in the address, since addresses are recorded",
        remedy="correct the address",
        owner=Owner.PLATFORM,
    )
