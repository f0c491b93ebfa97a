"""What nodes reach without the proxy: a list, and what it covers as Go programs read it; pure."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.checks.addresses import address, network
from bedplate.spec import ClusterSpec

ALWAYS = ("localhost", "127.0.0.1", ".svc")


def no_proxy(spec: ClusterSpec) -> tuple[str, ...]:
    """Return the list that every provider's nodes get; a provider adds what is its own."""
    proxy, networks = spec.cluster.spec.proxy_configuration, spec.cluster.spec.cluster_network
    own = proxy.no_proxy if proxy else ()
    endpoint = (spec.endpoint,) if spec.endpoint else ()
    blocks = (*networks.pods.cidr_blocks, *networks.services.cidr_blocks)
    return (*own, *blocks, *ALWAYS, *endpoint)


def is_covered(host: str, entries: Iterable[str]) -> bool:
    """Say whether a host is reached without the proxy.

    A range covers addresses only, never a name that resolves into it: the container runtime looks
    at what is written, before it asks for the name's address.
    """
    return any(_covers(entry.strip().lower(), host.lower()) for entry in entries)


def _covers(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    block, own = network(entry), address(host)
    if block is not None:
        return own is not None and own in block
    if own is not None:
        return address(entry) == own
    name = entry.removeprefix("*")
    if name.startswith("."):
        return host.endswith(name)
    return bool(name) and (host == name or host.endswith(f".{name}"))


def is_understood(entry: str) -> bool:
    """Say whether an entry is an address, a range or a name, as Go programs read them."""
    text = entry.strip().lower()
    if text == "*" or network(text) is not None or address(text) is not None:
        return True
    name = text.removeprefix("*").lstrip(".").partition(":")[0]
    letters = name.replace("-", "").replace(".", "").replace("_", "")
    # What looks like an address and is none (10.0.0.*, 192.168., 10.0.0.1-9) matches nothing.
    return letters.isalnum() and not letters.isdecimal() and name.isascii()
