"""The Cluster kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.models.common import API_VERSION, MachineHealthCheck, Metadata, Ref
from bedplate.spec.models.control_plane import ControlPlaneConfiguration
from bedplate.spec.models.etcd import EtcdEncryption, ExternalEtcd
from bedplate.spec.models.network import ClusterNetwork
from bedplate.spec.models.surroundings import (
    BundlesRef,
    Packages,
    PodIam,
    Proxy,
    RegistryMirror,
)
from bedplate.spec.models.workers import WorkerNodeGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementCluster:
    """The cluster that manages this one; its own name when it manages itself."""

    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """The `spec` of a Cluster."""

    kubernetes_version: str = ""
    control_plane_configuration: ControlPlaneConfiguration = ControlPlaneConfiguration()
    worker_node_group_configurations: tuple[WorkerNodeGroup, ...] = ()
    datacenter_ref: Ref = Ref()
    identity_provider_refs: tuple[Ref, ...] = ()
    git_ops_ref: Ref | None = None
    cluster_network: ClusterNetwork = ClusterNetwork()
    external_etcd_configuration: ExternalEtcd | None = None
    proxy_configuration: Proxy | None = None
    registry_mirror_configuration: RegistryMirror | None = None
    management_cluster: ManagementCluster = ManagementCluster()
    pod_iam_config: PodIam | None = None
    packages: Packages | None = None
    bundles_ref: BundlesRef | None = None
    eksa_version: str | None = None
    machine_health_check: MachineHealthCheck | None = None
    etcd_encryption: tuple[EtcdEncryption, ...] = ()
    license_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster as the user wants it."""

    KIND: ClassVar[str] = "Cluster"
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: str = API_VERSION
    metadata: Metadata = Metadata()
    spec: ClusterSettings = ClusterSettings()

    @property
    def name(self) -> str:
        """Return the cluster's name."""
        return self.metadata.name

    @property
    def self_managed(self) -> bool:
        """Tell whether the cluster manages itself."""
        return self.spec.management_cluster.name in ("", self.name)
