"""The control plane of a cluster."""

from __future__ import annotations

from pydantic import Field

from bedplate.spec.frozen import FreeObject, FrozenMap
from bedplate.spec.models.common import MachineHealthCheck, Ref, RolloutType, Taint, TaintEffect
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Flag, Text, Texts, Whole

# Not validated: that would have pydantic build what it needs for it whenever this is imported.
CONTROL_PLANE_TAINT = Taint.model_construct(
    key="node-role.kubernetes.io/control-plane", effect=TaintEffect.NO_SCHEDULE
)


class Endpoint(Model):
    """The address that the Kubernetes API answers on."""

    REQUIRED = frozenset({"host"})
    host: Text = ""


class ControlPlaneRollingUpdate(Model):
    """How many control-plane machines more than wanted may exist in an upgrade."""

    REQUIRED = frozenset({"max_surge"})
    max_surge: Whole = 1


class ControlPlaneRollout(Model):
    """How control-plane machines are replaced in an upgrade."""

    type: RolloutType = RolloutType.ROLLING_UPDATE
    rolling_update: ControlPlaneRollingUpdate | None = None


class ControlPlaneConfiguration(Model):
    """How many control-plane machines, of which kind, reached at which address."""

    count: Whole = 0
    endpoint: Endpoint | None = None
    machine_group_ref: Ref | None = None
    taints: tuple[Taint, ...] | None = None
    labels: FrozenMap[Text] = Field(default_factory=FrozenMap)
    upgrade_rollout_strategy: ControlPlaneRollout | None = None
    skip_load_balancer_deployment: Flag = False
    cert_sans: Texts = ()
    machine_health_check: MachineHealthCheck | None = None
    api_server_extra_args: FrozenMap[Text] = Field(default_factory=FrozenMap)
    kubelet_configuration: FreeObject | None = None
    audit_policy_content: Text = ""
    skip_admission_for_system_resources: Flag | None = None

    @property
    def node_taints(self) -> tuple[Taint, ...]:
        """Return the taints that nodes get: the usual one when unset, none when set to `[]`."""
        return (CONTROL_PLANE_TAINT,) if self.taints is None else self.taints
