"""Which fields keep the value they had at create: what EKS Anywhere's webhooks and preflight hold.

A path names a field with all that is under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cloudstack_datacenter import CloudStackDatacenterConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import API_GROUP, Object, Ref
from bedplate.spec.models.control_plane import Endpoint
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.nutanix_machine import NutanixMachineConfig
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.snow_datacenter import SnowIPPool
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig

PAUSED = f"{API_GROUP}/paused"
MANAGED_BY = f"{API_GROUP}/managed-by"
MANAGED_BY_CLI = f"{API_GROUP}/managed-by-cli"

ALWAYS = (
    "Cluster.metadata.name",
    "Cluster.metadata.namespace",
    "Cluster.spec.datacenterRef",
    "Cluster.spec.clusterNetwork.pods",
    "Cluster.spec.clusterNetwork.services",
    "Cluster.spec.clusterNetwork.dns",
    "Cluster.spec.clusterNetwork.nodes",
    "Cluster.spec.externalEtcdConfiguration.count",
    "Cluster.spec.managementCluster",
    "Cluster.spec.proxyConfiguration",
    "NutanixDatacenterConfig.spec.endpoint",
    "TinkerbellDatacenterConfig.spec.tinkerbellIP",
    "VSphereDatacenterConfig.spec.datacenter",
    "VSphereDatacenterConfig.spec.network",
    "VSphereDatacenterConfig.spec.server",
)

MACHINE_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CloudStackMachineConfig": ("affinity", "affinityGroupIds"),
        "NutanixMachineConfig": ("bootType", "cluster", "osFamily", "subnet"),
        "TinkerbellMachineConfig": (
            "osFamily",
            "users[0].name",
            "users[0].sshAuthorizedKeys[0]",
        ),
        "VSphereMachineConfig": ("osFamily", "storagePolicyName"),
    }
)
"""What every machine configuration of a kind keeps."""

NUTANIX_CONTROL_PLANE = (
    "memorySize",
    "systemDiskSize",
    "users",
    "vcpuSockets",
    "vcpusPerSocket",
)
"""What those of the control plane and of etcd keep, where the cluster manages itself."""

BARE_METAL_BOOT = ("hookImagesURLPath", "skipLoadBalancerDeployment")
"""What a Tinkerbell datacenter keeps unless EKS Anywhere's own command line changes it."""

FIXED_KINDS = (FluxConfig, OIDCConfig, AWSIamConfig)
"""Kinds of which nothing in `spec` may change."""

DEAF_TO_PAUSE = ("TinkerbellMachineConfig", "SnowIPPool")
"""Kinds whose webhooks hold their fields also while reconciliation is paused."""

CLOUDSTACK_PORT = "6443"


def objects_of(spec: ClusterSpec) -> Iterator[tuple[str, Object]]:
    """Yield every object with the path that its fields begin with."""
    yield Cluster.KIND, spec.cluster
    yield spec.datacenter.KIND, spec.datacenter
    for name, config in spec.machine_configs.items():
        yield f"{config.KIND}/{name}", config
    for part in spec.parts:
        yield f"{part.KIND}/{part.metadata.name}", part
    if spec.gitops is not None:
        yield spec.gitops.KIND, spec.gitops
    for item in spec.identity_providers:
        yield item.KIND, item


def is_paused(item: Object) -> bool:
    """Tell whether an object may be changed freely, since its reconciliation is paused."""
    return item.metadata.annotations.get(PAUSED) == "true" and item.KIND not in DEAF_TO_PAUSE


def within(path: str, other: str) -> bool:
    """Tell whether a path lies at, under or around another one."""
    longer, shorter = (path, other) if len(path) >= len(other) else (other, path)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def fixed_paths(old: ClusterSpec, new: ClusterSpec) -> Iterator[str]:
    """Yield the paths that may not differ between these two."""
    yield from ALWAYS
    yield from _in_cluster(old.cluster, new.cluster)
    yield from _in_datacenter(new)
    yield from _in_machines(old, new)
    yield from _in_pools(old, new)
    for kind in FIXED_KINDS:
        if _keeps(old, kind) and _keeps(new, kind):
            yield f"{kind.KIND}.spec"


def _keeps(spec: ClusterSpec, kind: type[object]) -> bool:
    """Tell whether a specification has an object of a kind that may not change."""
    objects = (spec.gitops, *spec.identity_providers)
    # A controller that owns an OIDCConfig may change it.
    return any(
        isinstance(item, kind) and MANAGED_BY not in item.metadata.annotations
        for item in objects
        if item is not None
    )


def _in_cluster(old: Cluster, new: Cluster) -> Iterator[str]:
    """Yield the paths that are fixed only for some clusters or some changes."""
    before, after = old.spec, new.spec
    if _endpoint(old) != _endpoint(new):
        yield "Cluster.spec.controlPlaneConfiguration.endpoint"
    if (before.external_etcd_configuration is None) != (after.external_etcd_configuration is None):
        yield "Cluster.spec.externalEtcdConfiguration"
    if before.eksa_version is not None and after.eksa_version is None:
        yield "Cluster.spec.eksaVersion"
    if before.bundles_ref is not None and after.bundles_ref is None and after.eksa_version is None:
        yield "Cluster.spec.bundlesRef"
    if not old.self_managed or before.git_ops_ref is not None:
        yield "Cluster.spec.gitOpsRef"
    if _aws_iam(new) and _aws_iam(old) != _aws_iam(new):
        yield "Cluster.spec.identityProviderRefs"
    plugins = [cluster.spec.cluster_network.cni_config for cluster in (old, new)]
    names = {(c.cilium is None, c.kindnetd is None) for c in plugins if c is not None}
    if len(names) > 1:
        yield "Cluster.spec.clusterNetwork.cniConfig"


def _endpoint(cluster: Cluster) -> str:
    """Return the address; in CloudStack the usual port may be left out."""
    host = (cluster.spec.control_plane_configuration.endpoint or Endpoint()).host
    cloudstack = cluster.spec.datacenter_ref.kind == CloudStackDatacenterConfig.KIND
    return host.removesuffix(f":{CLOUDSTACK_PORT}") if cloudstack else host


def _aws_iam(cluster: Cluster) -> list[str]:
    refs = cluster.spec.identity_provider_refs
    return [ref.name for ref in refs if ref.kind == AWSIamConfig.KIND]


def _in_datacenter(new: ClusterSpec) -> Iterator[str]:
    datacenter = new.datacenter
    by_cli = MANAGED_BY_CLI in datacenter.metadata.annotations
    if isinstance(datacenter, TinkerbellDatacenterConfig) and not by_cli:
        yield from (f"{datacenter.KIND}.spec.{field}" for field in BARE_METAL_BOOT)


def _in_machines(old: ClusterSpec, new: ClusterSpec) -> Iterator[str]:
    for name, config in old.machine_configs.items():
        if name not in new.machine_configs:
            continue
        path = f"{config.KIND}/{name}.spec"
        yield from (f"{path}.{field}" for field in MACHINE_FIELDS.get(config.KIND, ()))
        if isinstance(config, NutanixMachineConfig) and _is_own_control_plane(old, name):
            yield from (f"{path}.{field}" for field in NUTANIX_CONTROL_PLANE)


def _is_own_control_plane(spec: ClusterSpec, name: str) -> bool:
    refs: tuple[Ref | None, ...] = (
        spec.control_plane.machine_group_ref,
        spec.etcd.machine_group_ref if spec.etcd else None,
    )
    return spec.self_managed and any(ref is not None and ref.name == name for ref in refs)


def _in_pools(old: ClusterSpec, new: ClusterSpec) -> Iterator[str]:
    """Yield pools whose ranges differ in more than their order."""
    before, after = (
        {part.metadata.name: part for part in spec.parts if isinstance(part, SnowIPPool)}
        for spec in (old, new)
    )
    for name in before.keys() & after.keys():
        if set(before[name].spec.pools) != set(after[name].spec.pools):
            yield f"{SnowIPPool.KIND}/{name}.spec.pools"
