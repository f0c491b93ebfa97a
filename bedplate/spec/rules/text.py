"""What texts may look like: addresses, names, labels, durations, versions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import TypeAlias

from bedplate.spec.findings import Finding, Findings

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = range(1, 65536)

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_DOMAIN = re.compile(
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE
)
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_DURATION = re.compile(r"\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,4})")
_SEMVER = re.compile(
    r"v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
_USER = re.compile(r"[^\s/@'\"]+@")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


def address(text: str) -> Address | None:
    """Return the IP address that a text is, or None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def network(text: str) -> Network | None:
    """Return the network that a CIDR block names, or None."""
    base, slash, bits = text.partition("/")
    if not slash or not (bits.isascii() and bits.isdigit()):
        return None
    try:
        return ipaddress.ip_network(f"{base}/{bits}", strict=False)
    except ValueError:
        return None


def is_host(text: str) -> bool:
    """Tell whether a text is an IP address or can be a host name."""
    if address(text) is not None:
        return True
    last = text.rsplit(".", 1)[-1]
    # No top-level domain is a number, so this can only be a mistyped address.
    return len(text) <= 253 and not last.isdigit() and _HOST.fullmatch(text) is not None


def is_domain(text: str) -> bool:
    """Tell whether a text is a domain name of at least two parts; a wildcard may lead."""
    name = text.removeprefix("*.")
    return is_host(name) and address(name) is None and _DOMAIN.fullmatch(name) is not None


def is_port(text: str) -> bool:
    """Tell whether a text is a TCP port."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) in PORTS


def is_semver(text: str) -> bool:
    """Tell whether a text is a semantic version; a leading v is usual."""
    return _SEMVER.fullmatch(text) is not None


def version(text: str) -> tuple[int, int] | None:
    """Return major and minor of a Kubernetes version such as `1.34`, or None."""
    found = _VERSION.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def seconds(text: str) -> float | None:
    """Return how long a duration such as `1h10m` is, in seconds, or None."""
    if text == "0":
        return 0.0
    total, at = 0.0, 0
    while found := _DURATION.match(text, at):
        total += float(found[1]) * _UNITS[found[3]]
        at = found.end()
    return total if text and at == len(text) else None


def without_password(text: str) -> str:
    """Return a text with what stands before the @ of an address left out: it may be a password."""
    return _USER.sub("…@", text)


def label_findings(labels: Mapping[str, str], field: str) -> Findings:
    """Yield the labels that Kubernetes would refuse."""
    for key, value in labels.items():
        prefix, slash, name = key.rpartition("/")
        wrong_prefix = slash and not (len(prefix) <= 253 and _PREFIX.fullmatch(prefix))
        if wrong_prefix or not _QUALIFIED.fullmatch(name):
            allowed = "letters, digits, -, _ and ., at most 63, after an optional DNS name and /"
            yield Finding(f"{field}.{key}", f"{key!r} is not a label's name", allowed)
        if value and not _QUALIFIED.fullmatch(value):
            allowed = "letters, digits, -, _ and ., at most 63"
            yield Finding(f"{field}.{key}", f"{value!r} is not a label's value", allowed)
