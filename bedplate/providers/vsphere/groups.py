"""Where the machines of each group go: what preflight asks vCenter about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.needs import MachineGroup, Role, needs_of
from bedplate.providers.vsphere.reading import datacenter_of, machine_of, ref_name
from bedplate.spec import ClusterSpec, Ref, VSphereMachineConfig, WorkerNodeGroup
from bedplate.spec.models.vsphere_datacenter import FailureDomain, VSphereDatacenterSettings


@dataclass(frozen=True, slots=True)
class Placed:
    """A group of machines, its configuration, and where its machines go.

    A failure domain's places take those of the machine configuration.
    """

    group: MachineGroup
    config: VSphereMachineConfig
    version: str
    domain: FailureDomain | None
    datacenter: VSphereDatacenterSettings

    @property
    def datastore(self) -> str:
        """Return the datastore's path."""
        return self.domain.datastore if self.domain else self.config.spec.datastore

    @property
    def folder(self) -> str:
        """Return the folder's path; empty for the datacenter's own."""
        return self.domain.folder if self.domain else self.config.spec.folder

    @property
    def resource_pool(self) -> str:
        """Return the resource pool's path."""
        return self.domain.resource_pool if self.domain else self.config.spec.resource_pool

    @property
    def networks(self) -> tuple[str, ...]:
        """Return the networks of one machine; only workers choose theirs."""
        if self.domain is not None:
            return (self.domain.network,)
        own = self.config.spec.networks if self.group.role is Role.WORKERS else ()
        return own or (self.datacenter.network,)


def placed_groups(spec: ClusterSpec) -> tuple[Placed, ...]:
    """Return every group of machines: the control plane, etcd, and the workers in their order."""
    settings = datacenter_of(spec).spec
    domains = {domain.name: domain for domain in settings.failure_domains}
    return tuple(
        Placed(
            group=group,
            config=machine_of(spec, ref_name(ref)),
            version=version,
            domain=domains.get(domain),
            datacenter=settings,
        )
        for group, (ref, version, domain) in zip(
            needs_of(spec).groups, _described(spec), strict=True
        )
    )


def _described(spec: ClusterSpec) -> Iterator[tuple[Ref | None, str, str]]:
    """Yield configuration, version and failure domain of each group, in the order of the needs."""
    yield spec.control_plane.machine_group_ref, spec.kubernetes_version, ""
    if spec.etcd is not None:
        yield spec.etcd.machine_group_ref, spec.kubernetes_version, ""
    for worker in spec.workers:
        yield worker.machine_group_ref, spec.worker_version(worker), _domain(worker)


def _domain(worker: WorkerNodeGroup) -> str:
    return next(iter(worker.failure_domains), "")


def used_configs(spec: ClusterSpec) -> tuple[VSphereMachineConfig, ...]:
    """Return each machine configuration that a group uses once, in the order of the groups."""
    found = {placed.config.name: placed.config for placed in placed_groups(spec)}
    return tuple(found.values())
