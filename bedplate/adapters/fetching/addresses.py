"""Addresses: which are files, which may be asked for without TLS, which go past the proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from bedplate.errors import Owner, PermanentError

REMOTE = frozenset({"http", "https"})
_LOCAL_HOSTS = frozenset({"", "localhost"})


def local_path(uri: str) -> Path | None:
    """Return the file that a path or a `file://` URL names; None for an address in the network.

    Raises:
        PermanentError: SOURCE_ADDRESS, it is neither.
    """
    if "://" not in uri:
        return Path(uri).expanduser()
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
    except ValueError as error:
        raise _refused(uri, str(error)) from error
    if parts.username is not None or parts.password is not None:
        host = parts.netloc.rpartition("@")[2]
        raise _refused(f"an address at {host}", "it holds a user or a password")
    if parts.scheme in REMOTE and not parts.hostname:
        raise _refused(uri, "it names no host")
    return parts


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def goes_direct(host: str, exceptions: Iterable[str]) -> bool:
    """Return whether a host is one of the exceptions: names, `.suffix`, networks, or `*`."""
    return any(_covers(one.strip(), host) for one in exceptions if one.strip())


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
