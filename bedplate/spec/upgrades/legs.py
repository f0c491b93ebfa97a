"""An upgrade of several minor versions as specifications one after the other, each one minor on."""

from __future__ import annotations

from dataclasses import replace as with_parts

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.model import replace
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.models.workers import WorkerNodeGroup
from bedplate.spec.provider_defaults import MachineConfig
from bedplate.spec.rules.text import version


def versions_between(before: str, after: str) -> tuple[str, ...]:
    """Return the Kubernetes versions that an upgrade passes through, oldest first."""
    one, other = version(before), version(after)
    if one is None or other is None or one[0] != other[0]:
        return ()
    return tuple(f"{one[0]}.{minor}" for minor in range(one[1] + 1, other[1]))


def upgrade_legs(old: ClusterSpec, new: ClusterSpec) -> tuple[ClusterSpec, ...]:
    """Return the specifications that take a cluster from one to another; the last is `new`.

    What is no version changes in the first leg; a group with a version of its own is never newer
    than the control plane, and reaches its own as soon as that allows.
    """
    between = versions_between(old.kubernetes_version, new.kubernetes_version)
    return (*(_leg(new, at) for at in between), new)


def _leg(new: ClusterSpec, at: str) -> ClusterSpec:
    groups = tuple(_group(group, at) for group in new.workers)
    said = replace(new.cluster.spec, kubernetes_version=at, worker_node_group_configurations=groups)
    configs: FrozenMap[MachineConfig] = FrozenMap(
        {name: _machines(one, new.kubernetes_version, at) for name, one in _items(new)}
    )
    return with_parts(new, cluster=replace(new.cluster, spec=said), machine_configs=configs)


def _items(new: ClusterSpec) -> tuple[tuple[str, MachineConfig], ...]:
    return tuple(new.machine_configs.items())


def _group(group: WorkerNodeGroup, at: str) -> WorkerNodeGroup:
    own, limit = version(group.kubernetes_version or ""), version(at)
    if own is None or limit is None or own <= limit:
        return group
    return replace(group, kubernetes_version=at)


def _machines(config: MachineConfig, last: str, at: str) -> MachineConfig:
    """Return machines of the version's own template, where its name says the version.

    Whether there is such a template, the preflight of the leg looks.
    """
    if not isinstance(config, VSphereMachineConfig):
        return config
    template = config.spec.template.replace(last, at).replace(_dashed(last), _dashed(at))
    return replace(config, spec=replace(config.spec, template=template))


def _dashed(text: str) -> str:
    return text.replace(".", "-")
