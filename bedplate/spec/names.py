"""Field names: snake_case in Python, the API's own spelling in YAML."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache

_SPELLED = {
    "allowed_unsafe_sysctls": "allowedUnsafeSysctls",
    "aws_region": "awsRegion",
    "ca_cert_content": "caCertContent",
    "cache_size": "cachesize",
    "cluster_dns_ips": "clusterDNSIPs",
    "disk_gib": "diskGiB",
    "git_ops_ref": "gitOpsRef",
    "host_os_configuration": "hostOSConfiguration",
    "ipv4_native_routing_cidr": "ipv4NativeRoutingCIDR",
    "ipv6_native_routing_cidr": "ipv6NativeRoutingCIDR",
    "memory_mib": "memoryMiB",
    "num_cpus": "numCPUs",
    "oci_namespaces": "ociNamespaces",
    "os_family": "osFamily",
    "role_arn": "roleARN",
    "user_arn": "userARN",
}
"""The names that plain camelCase would spell differently from the API, and a few for safety."""


@cache
def spelled(attribute: str) -> str:
    """Return how the API spells an attribute, e.g. `numCPUs` for `num_cpus`."""
    if attribute in _SPELLED:
        return _SPELLED[attribute]
    first, *rest = attribute.split("_")
    return first + "".join(word.capitalize() for word in rest)


LONGEST_GUESS = 64
"""Comparing names takes time with their length, and nobody mistypes more than this."""


def near(name: str, known: Iterable[str]) -> str:
    """Return a question about the name that was meant, or nothing where none is close."""
    found = difflib.get_close_matches(name, known, n=1) if len(name) <= LONGEST_GUESS else []
    return f"did you mean {found[0]!r}?" if found else ""
