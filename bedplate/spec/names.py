"""Field names: snake_case in Python, the API's own spelling in YAML."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache

_SPELLED = {
    "allowed_unsafe_sysctls": "allowedUnsafeSysctls",
    "ami_id": "amiID",
    "aws_region": "awsRegion",
    "ca_cert_content": "caCertContent",
    "cache_size": "cachesize",
    "ccm_exclude_node_ips": "ccmExcludeNodeIPs",
    "cluster_dns_ips": "clusterDNSIPs",
    "cpu_cfs_quota": "cpuCFSQuota",
    "custom_size_in_gb": "customSizeInGB",
    "device_id": "deviceID",
    "disk_gib": "diskGiB",
    "event_record_qps": "eventRecordQPS",
    "git_ops_ref": "gitOpsRef",
    "global_timeout": "global_timeout",
    "hook_images_url_path": "hookImagesURLPath",
    "hook_iso_url": "hookIsoURL",
    "host_os_configuration": "hostOSConfiguration",
    "image_gc_high_threshold_percent": "imageGCHighThresholdPercent",
    "image_gc_low_threshold_percent": "imageGCLowThresholdPercent",
    "ipv4_native_routing_cidr": "ipv4NativeRoutingCIDR",
    "ipv6_native_routing_cidr": "ipv6NativeRoutingCIDR",
    "kube_api_burst": "kubeAPIBurst",
    "kube_api_qps": "kubeAPIQPS",
    "memory_mib": "memoryMiB",
    "num_cpus": "numCPUs",
    "oci_namespaces": "ociNamespaces",
    "on_failure": "on-failure",
    "on_timeout": "on-timeout",
    "os_family": "osFamily",
    "os_image_url": "osImageURL",
    "per_vcenter": "perVCenter",
    "provider_id": "providerID",
    "registry_pull_qps": "registryPullQPS",
    "role_arn": "roleARN",
    "tinkerbell_ip": "tinkerbellIP",
    "user_arn": "userARN",
    "vlan_id": "vlanID",
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
