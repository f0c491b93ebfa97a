"""Rules about how objects fit each other, and those that only create asks."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily, Ref
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.rules.text import address

BOTTLEROCKET_USER = "ec2-user"


def worker_failure_domains(spec: ClusterSpec) -> Findings:
    """A group lies in at most one failure domain, which the datacenter has."""
    if not isinstance(spec.datacenter, VSphereDatacenterConfig):
        return
    known = [domain.name for domain in spec.datacenter.spec.failure_domains]
    for index, group in enumerate(spec.workers):
        field = f"Cluster.spec.workerNodeGroupConfigurations[{index}].failureDomains"
        if len(group.failure_domains) > 1:
            yield Finding(field, f"{len(group.failure_domains)} failure domains", "at most one")
        for place, name in enumerate(group.failure_domains):
            if name not in known:
                said = f"{name!r} is not a failure domain of the datacenter"
                hint = "one of " + ", ".join(known) if known else "add it to the datacenter"
                yield Finding(f"{field}[{place}]", said, hint)


def networks_of_workers_only(spec: ClusterSpec) -> Findings:
    """Additional networks are for workers."""
    etcd_ref = spec.etcd.machine_group_ref if spec.etcd else None
    refs = (spec.control_plane.machine_group_ref, etcd_ref)
    for config in _named(spec, refs):
        if config.spec.networks:
            field = f"{config.KIND}/{config.name}.spec.networks"
            yield Finding(field, "only workers can have networks", "no such field")


def _named(spec: ClusterSpec, refs: tuple[Ref | None, ...]) -> Iterator[VSphereMachineConfig]:
    for name in dict.fromkeys(ref.name for ref in refs if ref is not None):
        config = spec.machine_configs.get(name)
        if config is not None:
            yield config


def endpoint_is_an_address(spec: ClusterSpec) -> Findings:
    """The control plane's address in vSphere is one that it can announce, not a name."""
    if isinstance(spec.datacenter, VSphereDatacenterConfig) and address(spec.endpoint) is None:
        said = f"{spec.endpoint!r} is not an IP address"
        field = "Cluster.spec.controlPlaneConfiguration.endpoint.host"
        yield Finding(field, said, "a free IP address of the node network")


def bottlerocket_user(spec: ClusterSpec) -> Findings:
    """Bottlerocket has one user of a fixed name."""
    for config in spec.machine_configs.values():
        names = [user.name for user in config.spec.users]
        if config.spec.os_family is OSFamily.BOTTLEROCKET and names != [BOTTLEROCKET_USER]:
            field = f"{config.KIND}/{config.name}.spec.users[0].name"
            yield Finding(field, f"{', '.join(names)!r} is not known there", BOTTLEROCKET_USER)


def one_os_family_with_external_etcd(spec: ClusterSpec) -> Findings:
    """With external etcd, all machines run the same operating system."""
    if spec.etcd is None:
        return
    refs = (spec.control_plane.machine_group_ref, spec.etcd.machine_group_ref)
    configs = tuple(_named(spec, refs + tuple(group.machine_group_ref for group in spec.workers)))
    for config in configs[1:]:
        wanted = configs[0].spec.os_family
        if config.spec.os_family is not wanted:
            field = f"{config.KIND}/{config.name}.spec.osFamily"
            yield Finding(field, f"{config.spec.os_family} beside {wanted}", str(wanted))


def no_encryption_at_create(spec: ClusterSpec) -> Findings:
    """Encryption of etcd is switched on by an upgrade, not at create."""
    if spec.cluster.spec.etcd_encryption:
        yield Finding("Cluster.spec.etcdEncryption", "cannot be set at create", "add it later")
