"""What texts may look like: addresses, names, labels, durations, versions."""

from __future__ import annotations

import binascii
import ipaddress
import re
from collections.abc import Mapping
from fractions import Fraction
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
_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?"
)
_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
)
_USER = re.compile(r"[^\s/@'\"]+@")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}

_SIZES = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1)}
_SIZES |= {suffix: Fraction(1000) ** (power + 1) for power, suffix in enumerate("kMGTPE")}
_SIZES |= {f"{suffix}i": Fraction(1024) ** (power + 1) for power, suffix in enumerate("KMGTPE")}


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


def semver(text: str) -> tuple[int, int, int] | None:
    """Return major, minor and patch of a semantic version, or None; a leading v is usual."""
    found = _SEMVER.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


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


def quantity(text: str) -> Fraction | None:
    """Return the amount that a text such as `4Gi` stands for, or None."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    suffix = found[2] or ""
    if suffix in _SIZES:
        return Fraction(found[1]) * _SIZES[suffix]
    return Fraction(found[1]) * Fraction(10) ** int(suffix[1:])


def is_certificate(text: str) -> bool:
    """Tell whether a text holds a certificate as PEM; only its envelope is looked at."""
    found = _CERTIFICATE.search(text)
    if found is None:
        return False
    try:
        return bool(binascii.a2b_base64("".join(found[1].split()), strict_mode=True))
    except binascii.Error:
        return False


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
