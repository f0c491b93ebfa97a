"""Worker node groups."""

from __future__ import annotations

from pydantic import Field

from bedplate.spec.frozen import FreeObject, FrozenMap
from bedplate.spec.models.common import MachineHealthCheck, Ref, RolloutType, Taint
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text, Texts, Whole


class Autoscaling(Model):
    """The bounds between which the cluster autoscaler may move a group."""

    min_count: Whole = 0
    max_count: Whole = 0


class WorkerRollingUpdate(Model):
    """How many workers more than wanted, and fewer, an upgrade may make."""

    REQUIRED = frozenset({"max_surge", "max_unavailable"})
    max_surge: Whole = 0
    max_unavailable: Whole = 0


class WorkerRollout(Model):
    """How workers are replaced in an upgrade."""

    type: RolloutType = RolloutType.ROLLING_UPDATE
    rolling_update: WorkerRollingUpdate | None = None


class WorkerNodeGroup(Model):
    """One group of equal workers."""

    name: Text = ""
    count: Whole | None = None
    autoscaling_configuration: Autoscaling | None = None
    machine_group_ref: Ref | None = None
    taints: tuple[Taint, ...] = ()
    labels: FrozenMap[Text] = Field(default_factory=FrozenMap)
    upgrade_rollout_strategy: WorkerRollout | None = None
    kubernetes_version: Text | None = None
    machine_health_check: MachineHealthCheck | None = None
    kubelet_configuration: FreeObject | None = None
    failure_domains: Texts = ()

    @property
    def replicas(self) -> int:
        """Return the number of machines the group starts with."""
        return 1 if self.count is None else self.count
