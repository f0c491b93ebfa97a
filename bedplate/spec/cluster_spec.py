"""A whole specification: a Cluster and the objects it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bedplate.spec import encode
from bedplate.spec.findings import Mark, nearest
from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import MachineHealthCheck, Object, Ref
from bedplate.spec.models.control_plane import ControlPlaneConfiguration
from bedplate.spec.models.etcd import ExternalEtcd
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.model import replace
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.snow_datacenter import SnowIPPool
from bedplate.spec.models.tinkerbell_template import TinkerbellTemplateConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.models.workers import WorkerNodeGroup
from bedplate.spec.provider_defaults import Datacenter, MachineConfig

IdentityProvider: TypeAlias = OIDCConfig | AWSIamConfig
Part: TypeAlias = TinkerbellTemplateConfig | SnowIPPool
"""What machine configurations refer to."""

CONTROL_PLANE_MAX_UNHEALTHY = "100%"
WORKER_MAX_UNHEALTHY = "40%"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a specification was read: the file's name, and each field's place in it."""

    file: str = ""
    marks: Mapping[str, Mark] = field(default_factory=FrozenMap)

    def mark(self, path: str) -> Mark:
        """Return the place of a field, or of the nearest field around it."""
        return nearest(self.marks, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec:
    """A Cluster with the objects it refers to; immutable, defaults filled in."""

    cluster: Cluster
    datacenter: Datacenter
    machine_configs: FrozenMap[MachineConfig] = FrozenMap()
    parts: tuple[Part, ...] = ()
    gitops: FluxConfig | None = None
    identity_providers: tuple[IdentityProvider, ...] = ()
    origin: Origin = field(default=Origin(), compare=False, repr=False)

    @property
    def name(self) -> str:
        """Return the cluster's name."""
        return self.cluster.name

    @property
    def namespace(self) -> str:
        """Return the namespace that all objects share."""
        return self.cluster.metadata.namespace

    @property
    def kubernetes_version(self) -> str:
        """Return the Kubernetes version, as in `1.34`."""
        return self.cluster.spec.kubernetes_version

    @property
    def provider_kind(self) -> str:
        """Return the kind of the datacenter, as in `VSphereDatacenterConfig`."""
        return self.datacenter.KIND

    @property
    def self_managed(self) -> bool:
        """Tell whether the cluster manages itself."""
        return self.cluster.self_managed

    @property
    def management_cluster(self) -> str:
        """Return the name of the cluster that manages this one; its own when self-managed."""
        return self.cluster.spec.management_cluster.name or self.name

    @property
    def control_plane(self) -> ControlPlaneConfiguration:
        """Return what is said of the control plane."""
        return self.cluster.spec.control_plane_configuration

    @property
    def workers(self) -> tuple[WorkerNodeGroup, ...]:
        """Return the worker node groups."""
        return self.cluster.spec.worker_node_group_configurations

    @property
    def etcd(self) -> ExternalEtcd | None:
        """Return external etcd, or None where etcd runs on the control plane."""
        return self.cluster.spec.external_etcd_configuration

    @property
    def endpoint(self) -> str:
        """Return the control plane's address; empty where the provider chooses it."""
        endpoint = self.control_plane.endpoint
        return endpoint.host if endpoint else ""

    def machine_config(self, ref: Ref | None) -> VSphereMachineConfig:
        """Return the vSphere machine settings that a reference names.

        Raises:
            KeyError: no such machines of that name are in the specification.
        """
        return self.vsphere_machines[ref.name if ref else ""]

    @property
    def vsphere_machines(self) -> Mapping[str, VSphereMachineConfig]:
        """Return the machine settings of vSphere by name; none with another provider."""
        items = self.machine_configs.items()
        return {name: item for name, item in items if isinstance(item, VSphereMachineConfig)}

    def worker_version(self, group: WorkerNodeGroup) -> str:
        """Return the Kubernetes version of a group, which may lag behind the control plane."""
        return group.kubernetes_version or self.kubernetes_version

    @property
    def control_plane_health_check(self) -> MachineHealthCheck:
        """Return when control-plane machines count as unhealthy."""
        return self._health_check(
            self.control_plane.machine_health_check, CONTROL_PLANE_MAX_UNHEALTHY
        )

    def worker_health_check(self, group: WorkerNodeGroup) -> MachineHealthCheck:
        """Return when machines of a group count as unhealthy."""
        return self._health_check(group.machine_health_check, WORKER_MAX_UNHEALTHY)

    def _health_check(self, own: MachineHealthCheck | None, usual: str) -> MachineHealthCheck:
        common = self.cluster.spec.machine_health_check or MachineHealthCheck()
        own = own or MachineHealthCheck()
        limits = (own.max_unhealthy, common.max_unhealthy)
        return replace(
            common,
            node_startup_timeout=own.node_startup_timeout or common.node_startup_timeout,
            unhealthy_machine_timeout=own.unhealthy_machine_timeout
            or common.unhealthy_machine_timeout,
            max_unhealthy=next((limit for limit in limits if limit is not None), usual),
        )

    def documents(self) -> tuple[dict[str, object], ...]:
        """Return the objects as one would apply them to an API server: plain JSON, camelCase."""
        objects: list[Object] = [self.cluster, self.datacenter]
        objects += [self.machine_configs[name] for name in sorted(self.machine_configs)]
        objects += self.parts
        objects += [self.gitops] if self.gitops else []
        objects += self.identity_providers
        return tuple(encode.document(item) for item in objects)

    def dump(self) -> str:
        """Return YAML that reads back to an equal specification."""
        return encode.to_yaml(self.documents())

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything the specification says, in hexadecimal."""
        return encode.digest(self.documents())
