"""Rules about the vSphere kinds."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily
from bedplate.spec.models.vsphere_datacenter import FailureDomain, VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.names import spelled
from bedplate.spec.rules.text import address, is_host

SMALLEST_DISK_GIB = 20
MAX_NETWORKS = 2


def datacenter_required(config: VSphereDatacenterConfig) -> Findings:
    """The vCenter, the datacenter and the network are named."""
    for name in ("server", "datacenter", "network"):
        if not getattr(config.spec, name):
            yield Finding(f"spec.{name}", "is empty", f"the {name} in vSphere")


def datacenter_network(config: VSphereDatacenterConfig) -> Findings:
    """An absolute path of the network lies in the datacenter."""
    network, datacenter = config.spec.network, config.spec.datacenter
    if network.startswith("/") and datacenter and not network.startswith(f"/{datacenter}/"):
        said = f"{network!r} is not in the datacenter {datacenter!r}"
        yield Finding("spec.network", said, f"a name, or /{datacenter}/network/…")


def failure_domains(config: VSphereDatacenterConfig) -> Findings:
    """Every failure domain is complete and has a name of its own."""
    seen: set[str] = set()
    for index, domain in enumerate(config.spec.failure_domains):
        field = f"spec.failureDomains[{index}]"
        yield from _domain(domain, field)
        if domain.name and domain.name in seen:
            said = f"a failure domain above is already named {domain.name!r}"
            yield Finding(f"{field}.name", said, "a name of its own")
        seen.add(domain.name)


def _domain(domain: FailureDomain, field: str) -> Findings:
    for name in ("name", "compute_cluster", "resource_pool", "datastore", "folder", "network"):
        if not getattr(domain, name):
            yield Finding(f"{field}.{spelled(name)}", "is empty", "needed in a failure domain")


def machine_required(config: VSphereMachineConfig) -> Findings:
    """Datastore and pool are named; a template too, which Bottlerocket's can be imported for."""
    for name in ("datastore", "resource_pool"):
        if not getattr(config.spec, name):
            yield Finding(f"spec.{spelled(name)}", "is empty", "its path or name in vSphere")
    if not config.spec.template and config.spec.os_family is not OSFamily.BOTTLEROCKET:
        yield Finding("spec.template", "is empty", "the template's path in vSphere")


def machine_sizes(config: VSphereMachineConfig) -> Findings:
    """The disk is large enough for a node; memory and processors get their defaults."""
    disk = config.spec.disk_gib
    if disk < SMALLEST_DISK_GIB:
        yield Finding("spec.diskGiB", f"{disk} GiB", f"{SMALLEST_DISK_GIB} or more")


def machine_users(config: VSphereMachineConfig) -> Findings:
    """There is exactly one user."""
    users = config.spec.users
    if len(users) != 1:
        yield Finding("spec.users", f"{len(users)} users", "exactly one")


def machine_networks(config: VSphereMachineConfig) -> Findings:
    """A machine has at most two networks besides none."""
    networks = config.spec.networks
    if len(networks) > MAX_NETWORKS:
        yield Finding("spec.networks", f"{len(networks)} networks", f"at most {MAX_NETWORKS}")
    for index, name in enumerate(networks):
        if not name:
            yield Finding(f"spec.networks[{index}]", "is empty", "a network's path in vSphere")


def machine_time(config: VSphereMachineConfig) -> Findings:
    """Time servers are hosts."""
    host_os = config.spec.host_os_configuration
    ntp = host_os.ntp_configuration if host_os else None
    if ntp is None:
        return
    field = "spec.hostOSConfiguration.ntpConfiguration.servers"
    if not ntp.servers:
        yield Finding(field, "is empty", "at least one time server")
    for index, server in enumerate(ntp.servers):
        if not is_host(server.rpartition("://")[2].partition("/")[0]):
            yield Finding(f"{field}[{index}]", f"{server!r} is not a host", "a name or address")


def machine_bottlerocket(config: VSphereMachineConfig) -> Findings:
    """Settings of Bottlerocket are given to Bottlerocket only, and are whole."""
    host_os = config.spec.host_os_configuration
    if host_os is None:
        return
    field = "spec.hostOSConfiguration"
    parts: Mapping[str, object] = {
        "bottlerocketConfiguration": host_os.bottlerocket_configuration,
        "certBundles": host_os.cert_bundles or None,
    }
    for name, part in parts.items():
        if part is not None and config.spec.os_family is not OSFamily.BOTTLEROCKET:
            said = f"is for bottlerocket, and osFamily is {config.spec.os_family}"
            yield Finding(f"{field}.{name}", said, "another osFamily, or no such field")
    for index, bundle in enumerate(host_os.cert_bundles):
        where = f"{field}.certBundles[{index}]"
        if not bundle.name:
            yield Finding(f"{where}.name", "is empty", "a name")
        if "-----BEGIN CERTIFICATE-----" not in bundle.data:
            yield Finding(f"{where}.data", "holds no certificate", "certificates as PEM")
    yield from _bottlerocket(config, f"{field}.bottlerocketConfiguration")


def _bottlerocket(config: VSphereMachineConfig, field: str) -> Findings:
    host_os = config.spec.host_os_configuration
    given = host_os.bottlerocket_configuration if host_os else None
    settings = given.kubernetes if given else None
    if settings is None:
        return
    sysctls = settings.get("allowedUnsafeSysctls")
    if isinstance(sysctls, tuple) and "" in sysctls:
        where = f"{field}.kubernetes.allowedUnsafeSysctls"
        yield Finding(where, "holds an empty name", "names only")
    servers = settings.get("clusterDNSIPs")
    for server in servers if isinstance(servers, tuple) else ():
        if address(str(server)) is None:
            said = f"{server!r} is not an IP address"
            yield Finding(f"{field}.kubernetes.clusterDNSIPs", said, "IP addresses")
    pods = settings.get("maxPods")
    if isinstance(pods, int) and pods < 0:
        yield Finding(f"{field}.kubernetes.maxPods", f"{pods} is negative", "0 or more")
