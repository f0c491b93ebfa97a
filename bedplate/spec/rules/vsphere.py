"""Rules about the vSphere kinds."""

from __future__ import annotations

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily
from bedplate.spec.models.vsphere_datacenter import FailureDomain, VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.names import spelled
from bedplate.spec.rules.host_os import host_os_findings

SMALLEST_DISK_GIB = 20
MAX_NETWORKS = 2


def datacenter_required(config: VSphereDatacenterConfig) -> Findings:
    """The vCenter, the datacenter and the network are named."""
    spec = config.spec
    for name, text, wanted in (
        ("server", spec.server, "the vCenter's host name or address"),
        ("datacenter", spec.datacenter, "the datacenter's name in vSphere"),
        ("network", spec.network, "the network's name, or its path in vSphere"),
    ):
        if not text:
            yield Finding(f"spec.{name}", "is empty", wanted)


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
            yield Finding(f"spec.{spelled(name)}", "is empty", "its name, or its path in vSphere")
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


def machine_host_os(config: VSphereMachineConfig) -> Findings:
    """Settings of the operating system fit it and are whole."""
    yield from host_os_findings(config.spec.host_os_configuration, config.spec.os_family)
