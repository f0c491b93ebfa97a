"""Worker node groups."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.spec.frozen import FreeObject, FrozenMap
from bedplate.spec.models.common import MachineHealthCheck, Ref, RolloutType, Taint


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscaling:
    """The bounds between which the cluster autoscaler may move a group."""

    min_count: int = 0
    max_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRollingUpdate:
    """How many workers more than wanted, and fewer, an upgrade may make."""

    max_surge: int = 0
    max_unavailable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRollout:
    """How workers are replaced in an upgrade."""

    type: RolloutType = RolloutType.ROLLING_UPDATE
    rolling_update: WorkerRollingUpdate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerNodeGroup:
    """One group of equal workers."""

    name: str = ""
    count: int | None = None
    autoscaling_configuration: Autoscaling | None = None
    machine_group_ref: Ref | None = None
    taints: tuple[Taint, ...] = ()
    labels: FrozenMap[str] = FrozenMap()
    upgrade_rollout_strategy: WorkerRollout | None = None
    kubernetes_version: str | None = None
    machine_health_check: MachineHealthCheck | None = None
    kubelet_configuration: FreeObject | None = None
    failure_domains: tuple[str, ...] = ()

    @property
    def replicas(self) -> int:
        """Return the number of machines the group starts with."""
        return 1 if self.count is None else self.count
