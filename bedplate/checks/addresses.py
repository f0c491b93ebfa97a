"""Hosts, addresses and ranges as specifications write them; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = {"http": 80, "https": 443, "ssh": 22}


@dataclass(frozen=True, slots=True)
class Server:
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return `host:port`, with brackets where the host is an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def server_of(text: str, scheme: str = "http") -> Server:
    """Return the server of a URL, of `host:port`, or of Git's `user@host:path`."""
    if "://" not in text and "@" in text and scheme == "ssh":
        return Server(text.partition("@")[2].partition(":")[0], PORTS["ssh"])
    parts = urlsplit(text if "://" in text else f"{scheme}://{text}")
    return Server(parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0))


def address(text: str) -> Address | None:
    """Return the IP address that a text is, or None."""
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def network(text: str) -> Network | None:
    """Return the range that a CIDR block is, or None; an address alone is no range."""
    if "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def networks(blocks: Iterable[str]) -> tuple[Network, ...]:
    """Return the ranges of CIDR blocks; what is none is left out."""
    return tuple(found for block in blocks if (found := network(block)) is not None)


def overlap(one: Network, other: Network) -> bool:
    """Say whether two ranges share an address."""
    return one.version == other.version and one.overlaps(other)
