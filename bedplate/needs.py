"""What a cluster needs of its infrastructure: machines, addresses and capacity. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bedplate.spec import ClusterSpec, Ref, VSphereDatacenterConfig, WorkerNodeGroup
from bedplate.spec.models.common import RolloutType

SURGE = 1  # one machine more than wanted while a group is replaced, as Cluster API does it


class Role(enum.StrEnum):
    """What the machines of a group are for."""

    CONTROL_PLANE = "control plane"
    ETCD = "etcd"
    WORKERS = "workers"


@dataclass(frozen=True, slots=True)
class MachineGroup:
    """Equal machines; memory and disk of one machine. `surge` more exist during an upgrade."""

    name: str
    role: Role
    count: int
    surge: int
    cpus: int
    memory_mib: int
    disk_gib: int
    folder: str
    datastore: str
    resource_pool: str
    template: str
    networks: tuple[str, ...]

    @property
    def most(self) -> int:
        """The most machines there are at once."""
        return self.count + self.surge


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a number of machines takes together."""

    machines: int
    cpus: int
    memory_mib: int
    disk_gib: int


@dataclass(frozen=True, slots=True)
class Needs:
    """All that will be made, and the most that is taken at once while an upgrade replaces machines.

    `addresses` counts by network: one for each machine and surge machine on it. The endpoint's
    address is one more, chosen by the author of the specification outside the DHCP range.
    """

    groups: tuple[MachineGroup, ...]
    endpoint: str
    folders: tuple[str, ...]
    addresses: Mapping[str, int]
    now: Capacity
    with_surge: Capacity

    @property
    def all_addresses(self) -> int:
        """Every address on every network, and the endpoint's."""
        return sum(self.addresses.values()) + (1 if self.endpoint else 0)


def needs_of(spec: ClusterSpec) -> Needs:
    """Return what a specification asks for, before anything is made."""
    groups = tuple(_groups(spec))
    networks = sorted({network for group in groups for network in group.networks})
    return Needs(
        groups=groups,
        endpoint=spec.endpoint,
        folders=tuple(sorted({group.folder for group in groups if group.folder})),
        addresses={
            network: sum(group.most for group in groups if network in group.networks)
            for network in networks
        },
        now=_capacity((group, group.count) for group in groups),
        with_surge=_capacity((group, group.most) for group in groups),
    )


def most_nodes(spec: ClusterSpec) -> int:
    """Return the most nodes there are at once: grown as far as the autoscaler may, and upgraded."""
    workers = sum(_most_replicas(group) + _worker_surge(group) for group in spec.workers)
    return spec.control_plane.count + _control_plane_surge(spec) + workers


def _most_replicas(group: WorkerNodeGroup) -> int:
    scaling = group.autoscaling_configuration
    return max(group.replicas, scaling.max_count if scaling else 0)


def _groups(spec: ClusterSpec) -> Iterable[MachineGroup]:
    control = spec.control_plane
    yield _group(
        spec,
        (spec.name, Role.CONTROL_PLANE, control.machine_group_ref),
        control.count,
        _control_plane_surge(spec),
    )
    if spec.etcd is not None:
        described = (f"{spec.name}-etcd", Role.ETCD, spec.etcd.machine_group_ref)
        # Its former members all stay until the control plane was replaced as well.
        yield _group(spec, described, spec.etcd.count, spec.etcd.count)
    for group in spec.workers:
        described = (f"{spec.name}-{group.name}", Role.WORKERS, group.machine_group_ref)
        yield _group(spec, described, group.replicas, _worker_surge(group))


def _control_plane_surge(spec: ClusterSpec) -> int:
    rollout = spec.control_plane.upgrade_rollout_strategy
    if rollout is None or rollout.rolling_update is None:
        return SURGE
    return rollout.rolling_update.max_surge if rollout.type is RolloutType.ROLLING_UPDATE else 0


def _worker_surge(group: WorkerNodeGroup) -> int:
    rollout = group.upgrade_rollout_strategy
    if rollout is None or rollout.rolling_update is None:
        return SURGE
    return rollout.rolling_update.max_surge if rollout.type is RolloutType.ROLLING_UPDATE else 0


def _group(
    spec: ClusterSpec, described: tuple[str, Role, Ref | None], count: int, surge: int
) -> MachineGroup:
    name, role, ref = described
    settings = spec.machine_config(ref).spec
    datacenter = spec.datacenter
    network = datacenter.spec.network if isinstance(datacenter, VSphereDatacenterConfig) else ""
    return MachineGroup(
        name=name,
        role=role,
        count=count,
        surge=surge,
        cpus=settings.num_cpus,
        memory_mib=settings.memory_mib,
        disk_gib=settings.disk_gib,
        folder=settings.folder,
        datastore=settings.datastore,
        resource_pool=settings.resource_pool,
        template=settings.template,
        networks=settings.networks or (network,),
    )


def _capacity(machines: Iterable[tuple[MachineGroup, int]]) -> Capacity:
    counted = tuple(machines)
    return Capacity(
        machines=sum(count for _, count in counted),
        cpus=sum(group.cpus * count for group, count in counted),
        memory_mib=sum(group.memory_mib * count for group, count in counted),
        disk_gib=sum(group.disk_gib * count for group, count in counted),
    )
