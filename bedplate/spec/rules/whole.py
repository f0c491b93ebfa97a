"""Rules about how objects fit each other, and those that only create asks."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily, Ref
from bedplate.spec.models.nutanix_datacenter import NutanixDatacenterConfig
from bedplate.spec.models.snow_datacenter import SnowDatacenterConfig
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig
from bedplate.spec.models.tinkerbell_machine import TinkerbellMachineConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.rules.text import address

BOTTLEROCKET_USER = "ec2-user"
ENDPOINT = "Cluster.spec.controlPlaneConfiguration.endpoint.host"
WITH_ADDRESS = (
    VSphereDatacenterConfig,
    TinkerbellDatacenterConfig,
    NutanixDatacenterConfig,
    SnowDatacenterConfig,
)
"""Providers on which the control plane's address is announced by its own machines."""


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
        config = spec.vsphere_machines.get(name)
        if config is not None:
            yield config


def nutanix_worker_groups(spec: ClusterSpec) -> Findings:
    """Failure domains of Nutanix name worker groups that exist."""
    if not isinstance(spec.datacenter, NutanixDatacenterConfig):
        return
    known = [group.name for group in spec.workers]
    for index, domain in enumerate(spec.datacenter.spec.failure_domains):
        field = f"{spec.datacenter.KIND}.spec.failureDomains[{index}].workerMachineGroups"
        for place, name in enumerate(domain.worker_machine_groups):
            if name not in known:
                said = f"{name!r} is not a worker group of the cluster"
                yield Finding(f"{field}[{place}]", said, "one of " + ", ".join(known))


def endpoint_is_an_address(spec: ClusterSpec) -> Findings:
    """The control plane's address is one that machines can announce, not a name."""
    if isinstance(spec.datacenter, WITH_ADDRESS) and address(spec.endpoint) is None:
        said = f"{spec.endpoint!r} is not an IP address"
        host = spec.endpoint.rpartition(":")[0]
        bare = f"{host}, without a port" if address(host) else ""
        yield Finding(ENDPOINT, said, bare or "a free IP address of the node network")


def bottlerocket_user(spec: ClusterSpec) -> Findings:
    """Bottlerocket has one user of a fixed name."""
    for config in spec.vsphere_machines.values():
        names = [user.name for user in config.spec.users]
        if config.spec.os_family is OSFamily.BOTTLEROCKET and names != [BOTTLEROCKET_USER]:
            field = f"{config.KIND}/{config.name}.spec.users[0].name"
            yield Finding(field, f"{', '.join(names)!r} is not known there", BOTTLEROCKET_USER)


def one_os_family(spec: ClusterSpec) -> Findings:
    """On bare metal, and in vSphere with external etcd, all run the same operating system."""
    etcd_ref = spec.etcd.machine_group_ref if spec.etcd else None
    if spec.etcd is None and not isinstance(spec.datacenter, TinkerbellDatacenterConfig):
        return
    refs = [spec.control_plane.machine_group_ref, etcd_ref]
    refs += [group.machine_group_ref for group in spec.workers]
    names = dict.fromkeys(ref.name for ref in refs if ref is not None)
    configs = [spec.machine_configs[name] for name in names if name in spec.machine_configs]
    with_family = [
        config
        for config in configs
        if isinstance(config, VSphereMachineConfig | TinkerbellMachineConfig)
    ]
    for config in with_family[1:]:
        wanted = with_family[0].spec.os_family
        if config.spec.os_family is not wanted:
            field = f"{config.KIND}/{config.name}.spec.osFamily"
            yield Finding(field, f"{config.spec.os_family} beside {wanted}", str(wanted))


def bare_metal_addresses(spec: ClusterSpec) -> Findings:
    """What boots the machines and what the cluster announces are two addresses."""
    datacenter = spec.datacenter
    if not isinstance(datacenter, TinkerbellDatacenterConfig):
        return
    if datacenter.spec.tinkerbell_ip == spec.endpoint:
        said = f"{spec.endpoint} is the control plane's address too"
        yield Finding(f"{datacenter.KIND}.spec.tinkerbellIP", said, "an address of its own")


def bare_metal_images(spec: ClusterSpec) -> Findings:
    """An image is named in one place, and for the Kubernetes version of its machines."""
    datacenter = spec.datacenter
    if not isinstance(datacenter, TinkerbellDatacenterConfig):
        return
    common = datacenter.spec.os_image_url
    for name, version in _versions(spec):
        config = spec.machine_configs.get(name)
        if not isinstance(config, TinkerbellMachineConfig):
            continue
        field = f"{config.KIND}/{name}.spec.osImageURL"
        own, family = config.spec.os_image_url, config.spec.os_family
        if own and common:
            yield Finding(field, "is set here and in the datacenter", "one of the two")
        elif not own and not common and family is not OSFamily.BOTTLEROCKET:
            yield Finding(field, f"is empty, and {family} has no usual image", "an address")
        elif own or common:
            where = field if own else f"{datacenter.KIND}.spec.osImageURL"
            yield from _image(own or common, version, where)


def _versions(spec: ClusterSpec) -> Iterator[tuple[str, str]]:
    """Yield the machine configurations in use with the Kubernetes version they run."""
    ref = spec.control_plane.machine_group_ref
    used = {(ref.name, spec.kubernetes_version)} if ref else set()
    used |= {
        (group.machine_group_ref.name, spec.worker_version(group))
        for group in spec.workers
        if group.machine_group_ref
    }
    yield from sorted(used)


def _image(url: str, version: str, field: str) -> Findings:
    written = (version, *(version.replace(".", sign) for sign in ("-", "_", "")))
    if not any(text in url for text in written):
        said = f"the image's name does not say Kubernetes {version}"
        yield Finding(field, said, f"an image for it, with {' or '.join(written[:3])} in its name")


def no_encryption_at_create(spec: ClusterSpec) -> Findings:
    """Encryption of etcd is switched on by an upgrade, not at create."""
    if spec.cluster.spec.etcd_encryption:
        yield Finding("Cluster.spec.etcdEncryption", "cannot be set at create", "add it later")
