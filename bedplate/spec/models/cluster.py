"""The Cluster kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import MachineHealthCheck, Object, Ref
from bedplate.spec.models.control_plane import ControlPlaneConfiguration
from bedplate.spec.models.etcd import EtcdEncryption, ExternalEtcd
from bedplate.spec.models.model import Model
from bedplate.spec.models.network import ClusterNetwork
from bedplate.spec.models.surroundings import (
    BundlesRef,
    Packages,
    PodIam,
    Proxy,
    RegistryMirror,
)
from bedplate.spec.models.values import Text
from bedplate.spec.models.workers import WorkerNodeGroup


class ManagementCluster(Model):
    """The cluster that manages this one; its own name when it manages itself."""

    name: Text = ""


class ClusterSettings(Model):
    """The `spec` of a Cluster."""

    kubernetes_version: Text = ""
    control_plane_configuration: ControlPlaneConfiguration = Field(
        default_factory=ControlPlaneConfiguration
    )
    worker_node_group_configurations: tuple[WorkerNodeGroup, ...] = ()
    datacenter_ref: Ref = Field(default_factory=Ref)
    identity_provider_refs: tuple[Ref, ...] = ()
    git_ops_ref: Ref | None = None
    cluster_network: ClusterNetwork = Field(default_factory=ClusterNetwork)
    external_etcd_configuration: ExternalEtcd | None = None
    proxy_configuration: Proxy | None = None
    registry_mirror_configuration: RegistryMirror | None = None
    management_cluster: ManagementCluster = Field(default_factory=ManagementCluster)
    pod_iam_config: PodIam | None = None
    packages: Packages | None = None
    bundles_ref: BundlesRef | None = None
    eksa_version: Text | None = None
    machine_health_check: MachineHealthCheck | None = None
    etcd_encryption: tuple[EtcdEncryption, ...] = ()
    license_token: Text = ""


class Cluster(Object):
    """A cluster as the user wants it."""

    KIND: ClassVar[str] = "Cluster"
    spec: ClusterSettings = Field(default_factory=ClusterSettings)

    @property
    def name(self) -> str:
        """Return the cluster's name."""
        return self.metadata.name

    @property
    def self_managed(self) -> bool:
        """Tell whether the cluster manages itself."""
        return self.spec.management_cluster.name in ("", self.name)
