"""The check that a change is one of numbers only: machines come and go, none is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.spec import ClusterSpec, WorkerNodeGroup, changed_fields
from bedplate.spec.models.model import replace

GROUPS = "Cluster.spec.workerNodeGroupConfigurations"
COUNTS = (
    "Cluster.spec.controlPlaneConfiguration.count",
    "Cluster.spec.externalEtcdConfiguration.count",
)


def scaling_check(old: ClusterSpec) -> Check:
    """Return the check; groups may be added and removed, and the machines that only they have."""
    return check("scale-only", "Only numbers of machines change", _only_counts(old))


def other_changes(old: ClusterSpec, new: ClusterSpec) -> tuple[str, ...]:
    """Return the changed fields that are no numbers of machines, and come with no group."""
    shared = old.machine_configs.keys() & new.machine_configs.keys()
    fields = (
        field
        for field in changed_fields(old, new)
        if field not in COUNTS and not field.startswith(GROUPS) and not _is_whole(field, shared)
    )
    return (*fields, *_changed_groups(old, new))


def _is_whole(field: str, shared: Set[str]) -> bool:
    """Say whether a field is a machine configuration that comes or goes as a whole."""
    kind, _, name = field.partition("/")
    return kind.endswith("MachineConfig") and bool(name) and name not in shared and "." not in name


def _changed_groups(old: ClusterSpec, new: ClusterSpec) -> Iterator[str]:
    before = {group.name: _without_counts(group) for group in old.workers}
    for group in new.workers:
        if before.get(group.name, _without_counts(group)) != _without_counts(group):
            yield f"{GROUPS}[{group.name}]"


def _without_counts(group: WorkerNodeGroup) -> WorkerNodeGroup:
    return replace(group, count=None, autoscaling_configuration=None)


def _only_counts(old: ClusterSpec) -> Callable[[Scene], Findings]:
    def look(scene: Scene) -> Findings:
        for field in other_changes(old, scene.spec):
            yield block(
                field,
                "it changes, and it is no number of machines",
                "bedplate upgrade cluster -f FILE makes every change",
                Owner.SPEC_AUTHOR,
            )

    return look
