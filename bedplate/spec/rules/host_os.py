"""Rules about settings of a node's operating system, for the providers that have them."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily
from bedplate.spec.models.host_os import Bottlerocket, HostOSConfiguration
from bedplate.spec.rules.text import address, is_certificate, is_host

FIELD = "spec.hostOSConfiguration"
BOTTLEROCKET = f"{FIELD}.bottlerocketConfiguration"


def host_os_findings(given: HostOSConfiguration | None, family: OSFamily | None) -> Findings:
    """Yield what is wrong with the settings of machines that run this operating system."""
    if given is not None:
        yield from _time(given)
        yield from _only_bottlerocket(given, family)
        yield from _certificates(given)
        if given.bottlerocket_configuration is not None:
            yield from _bottlerocket(given.bottlerocket_configuration)


def _time(given: HostOSConfiguration) -> Findings:
    ntp = given.ntp_configuration
    if ntp is None:
        return
    field = f"{FIELD}.ntpConfiguration.servers"
    if not ntp.servers:
        yield Finding(field, "is empty", "at least one time server")
    for index, server in enumerate(ntp.servers):
        if not is_host(server.rpartition("://")[2].partition("/")[0]):
            yield Finding(f"{field}[{index}]", f"{server!r} is not a host", "a name or address")


def _only_bottlerocket(given: HostOSConfiguration, family: OSFamily | None) -> Findings:
    parts: Mapping[str, object] = {
        "bottlerocketConfiguration": given.bottlerocket_configuration,
        "certBundles": given.cert_bundles or None,
    }
    for name, part in parts.items():
        if part is not None and family is not OSFamily.BOTTLEROCKET:
            said = f"is for bottlerocket, and osFamily is {family or 'not set'}"
            yield Finding(f"{FIELD}.{name}", said, "another osFamily, or no such field")


def _certificates(given: HostOSConfiguration) -> Findings:
    for index, bundle in enumerate(given.cert_bundles):
        where = f"{FIELD}.certBundles[{index}]"
        if not bundle.name:
            yield Finding(f"{where}.name", "is empty", "a name")
        if not is_certificate(bundle.data):
            yield Finding(f"{where}.data", "holds no certificate", "certificates as PEM")


def _bottlerocket(given: Bottlerocket) -> Findings:
    settings = given.kubernetes
    if settings is not None:
        field = f"{BOTTLEROCKET}.kubernetes"
        if "" in settings.allowed_unsafe_sysctls:
            yield Finding(f"{field}.allowedUnsafeSysctls", "holds an empty name", "names only")
        for index, server in enumerate(settings.cluster_dns_ips):
            if address(server) is None:
                said = f"{server!r} is not an IP address"
                yield Finding(f"{field}.clusterDNSIPs[{index}]", said, "an IP address")
        if settings.max_pods is not None and settings.max_pods < 0:
            yield Finding(f"{field}.maxPods", f"{settings.max_pods} is negative", "0 or more")
    if given.kernel is not None and "" in given.kernel.sysctl_settings:
        yield Finding(f"{BOTTLEROCKET}.kernel.sysctlSettings", "has an empty name", "names only")
    if given.boot is not None and "" in given.boot.boot_kernel_parameters:
        field = f"{BOTTLEROCKET}.boot.bootKernelParameters"
        yield Finding(field, "has an empty name", "names only")
