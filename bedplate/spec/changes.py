"""What differs between two specifications, and which differences no upgrade can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.errors import Problem
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.encode import plain
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import API_GROUP
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.rules.text import without_password

PAUSED = f"{API_GROUP}/paused"
MANAGED_BY = f"{API_GROUP}/managed-by"
GROUPS = "Cluster.spec.workerNodeGroupConfigurations"

IMMUTABLE = (
    "Cluster.metadata.name",
    "Cluster.metadata.namespace",
    "Cluster.spec.datacenterRef",
    "Cluster.spec.controlPlaneConfiguration.endpoint",
    "Cluster.spec.clusterNetwork.pods",
    "Cluster.spec.clusterNetwork.services",
    "Cluster.spec.clusterNetwork.dns",
    "Cluster.spec.clusterNetwork.nodes",
    "Cluster.spec.proxyConfiguration",
    "Cluster.spec.managementCluster",
    "VSphereDatacenterConfig.spec.server",
    "VSphereDatacenterConfig.spec.datacenter",
    "VSphereDatacenterConfig.spec.network",
)
"""Fields that keep the value they had at create, with all that is under them."""

FIXED_KINDS = (FluxConfig, OIDCConfig, AWSIamConfig)
"""Kinds of which nothing in `spec` may change."""

FIXED_MACHINE_FIELDS = ("osFamily", "storagePolicyName")


def changed_fields(old: ClusterSpec, new: ClusterSpec) -> tuple[str, ...]:
    """Return the dotted paths whose values differ, sorted; a whole object where one is missing."""
    before, after = _objects(old), _objects(new)
    return tuple(sorted(dict.fromkeys(_differences(before, after, ""))))


def immutable_changes(old: ClusterSpec, new: ClusterSpec) -> tuple[Problem, ...]:
    """Return the changes that an existing cluster cannot take, with their place in the new text.

    As in EKS Anywhere, a Cluster whose reconciliation is paused may be changed freely.
    """
    if old.cluster.metadata.annotations.get(PAUSED) == "true":
        return ()
    before, after = _objects(old), _objects(new)
    fields = dict.fromkeys(
        path
        for path in _differences(before, after, "")
        if any(_within(path, fixed) for fixed in _fixed(old, new))
    )
    return tuple(_problem(new, path, _at(before, path)) for path in fields)


def _fixed(old: ClusterSpec, new: ClusterSpec) -> Iterator[str]:
    """Yield the paths that may not differ between these two."""
    yield from IMMUTABLE
    yield from _fixed_in_cluster(old.cluster, new.cluster)
    for kind in FIXED_KINDS:
        kept = _kept(old, kind)
        if kept and _kept(new, kind):
            yield f"{kind.KIND}.spec"
    for name in old.machine_configs:
        if name in new.machine_configs:
            path = f"{VSphereMachineConfig.KIND}/{name}.spec"
            yield from (f"{path}.{field}" for field in FIXED_MACHINE_FIELDS)


def _kept(spec: ClusterSpec, kind: type[object]) -> bool:
    """Tell whether a specification has an object of a kind that may not change."""
    objects = (spec.gitops, *spec.identity_providers)
    # A controller that owns an OIDCConfig may change it.
    return any(
        isinstance(item, kind) and MANAGED_BY not in item.metadata.annotations
        for item in objects
        if item is not None
    )


def _fixed_in_cluster(old: Cluster, new: Cluster) -> Iterator[str]:
    """Yield the paths that are fixed only for some clusters or some changes."""
    if (old.spec.external_etcd_configuration is None) != (
        new.spec.external_etcd_configuration is None
    ):
        yield "Cluster.spec.externalEtcdConfiguration"
    if old.spec.eksa_version is not None and new.spec.eksa_version is None:
        yield "Cluster.spec.eksaVersion"
    if not old.self_managed:
        yield "Cluster.spec.gitOpsRef"
    yield "Cluster.spec.externalEtcdConfiguration.count"
    if _aws_iam_refs(old) != _aws_iam_refs(new):
        yield "Cluster.spec.identityProviderRefs"
    plugins = [cluster.spec.cluster_network.cni_config for cluster in (old, new)]
    names = {(c.cilium is None, c.kindnetd is None) for c in plugins if c is not None}
    if len(names) > 1:
        yield "Cluster.spec.clusterNetwork.cniConfig"


def _aws_iam_refs(cluster: Cluster) -> list[str]:
    refs = cluster.spec.identity_provider_refs
    return [ref.name for ref in refs if ref.kind == AWSIamConfig.KIND]


def _problem(new: ClusterSpec, path: str, before: object) -> Problem:
    mark = new.origin.mark(path)
    hint = (
        "no such field, as before"
        if before is None
        else f"{without_password(repr(before))}, as before"
    )
    file = new.origin.file
    return Problem(file, mark.line, mark.column, path, "cannot change after create", hint)


def _objects(spec: ClusterSpec) -> dict[str, object]:
    datacenter = spec.datacenter
    objects: dict[str, object] = {
        Cluster.KIND: plain(spec.cluster),
        datacenter.KIND: plain(datacenter),
    }
    for name, config in spec.machine_configs.items():
        objects[f"{config.KIND}/{name}"] = plain(config)
    if spec.gitops is not None:
        objects[spec.gitops.KIND] = plain(spec.gitops)
    for item in spec.identity_providers:
        objects[item.KIND] = plain(item)
    return objects


def _differences(old: object, new: object, path: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            below = f"{path}.{key}" if path else str(key)
            yield from _differences(old.get(key), new.get(key), below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif old != new or type(old) is not type(new):
        yield path


def _within(path: str, fixed: str) -> bool:
    """Tell whether a changed path lies at, under or around a fixed one."""
    longer, shorter = (path, fixed) if len(path) >= len(fixed) else (fixed, path)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _at(objects: Mapping[str, object], path: str) -> object:
    """Return the value at a path, or None; lists are shown whole."""
    value: object = objects
    rest = path.partition("[")[0]
    while rest and isinstance(value, Mapping):
        key = next((key for key in value if _within(rest, key) and len(key) <= len(rest)), None)
        if key is None:
            return None
        value, rest = value[key], rest[len(key) + 1 :]
    return value
