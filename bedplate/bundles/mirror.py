"""Where a registry mirror keeps what upstream registries publish: names rewritten, nothing read."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CORE_REGISTRY = "public.ecr.aws"
"""The registry of everything that a bundle names, unless a bundle says otherwise."""

PACKAGES_REGISTRY = "783794618700.dkr.ecr.*.amazonaws.com"
"""The registries of curated packages in all regions, as containerd writes them."""

_PACKAGES = re.compile(r"783794618700\.dkr\.ecr\..*\.amazonaws\.com")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class MirrorMap:
    """A mirror at `base` (`host:port`), and where in it each upstream registry is found.

    `registries` has the mirror's address with its namespace by upstream registry; the registries
    of curated packages are the one entry PACKAGES_REGISTRY, whatever region was named.
    """

    base: str
    registries: Mapping[str, str]

    @classmethod
    def of(cls, endpoint: str, port: str, namespaces: Iterable[tuple[str, str]] = ()) -> MirrorMap:
        """Return the map of a mirror; `namespaces` are pairs of upstream registry and namespace.

        Without any, the mirror stands for CORE_REGISTRY as a whole.
        """
        base = _joined(endpoint, port)
        registries = {_key(registry): _below(base, name) for registry, name in namespaces}
        return cls(base, registries or {CORE_REGISTRY: base})

    @property
    def core(self) -> str:
        """Return where CORE_REGISTRY is mirrored; empty where it is not."""
        return self.registries.get(CORE_REGISTRY, "")

    @property
    def packages(self) -> str:
        """Return where curated packages are mirrored; empty where they are not."""
        return self.registries.get(PACKAGES_REGISTRY, "")

    def mirrored(self, uri: str) -> str:
        """Return where the mirror has an image, a chart (`oci://…`) or a URL; else `uri` itself."""
        scheme = _SCHEME.match(uri)
        start = scheme.end() if scheme else 0
        host = uri[start:].partition("/")[0]
        found = self.registries.get(_key(host)) if host else None
        return uri if found is None else f"{uri[:start]}{found}{uri[start + len(host) :]}"


def api_endpoint(address: str) -> str:
    """Return the root of a mirror's registry API: `host:port/v2/namespace`, or `host:port/v2`.

    An empty address has none.
    """
    scheme = _SCHEME.match(address)
    start = scheme.end() if scheme else 0
    host, slash, path = address[start:].partition("/")
    return f"{address[:start]}{host}/v2{slash}{path}" if host else address


def _key(registry: str) -> str:
    return PACKAGES_REGISTRY if registry and _PACKAGES.search(registry) else registry


def _below(base: str, namespace: str) -> str:
    return posixpath.normpath(f"{base}/{namespace}") if namespace else base


def _joined(endpoint: str, port: str) -> str:
    return f"[{endpoint}]:{port}" if _is_ipv6(endpoint) else f"{endpoint}:{port}"


def _is_ipv6(endpoint: str) -> bool:
    try:
        return ipaddress.ip_address(endpoint).version == 6
    except ValueError:
        return False
