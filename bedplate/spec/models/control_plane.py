"""The control plane of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.spec.frozen import FreeObject, FrozenMap
from bedplate.spec.models.common import MachineHealthCheck, Ref, RolloutType, Taint, TaintEffect

CONTROL_PLANE_TAINT = Taint(
    key="node-role.kubernetes.io/control-plane", effect=TaintEffect.NO_SCHEDULE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The address that the Kubernetes API answers on."""

    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlaneRollingUpdate:
    """How many control-plane machines more than wanted may exist in an upgrade."""

    max_surge: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlaneRollout:
    """How control-plane machines are replaced in an upgrade."""

    type: RolloutType = RolloutType.ROLLING_UPDATE
    rolling_update: ControlPlaneRollingUpdate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlaneConfiguration:
    """How many control-plane machines, of which kind, reached at which address."""

    count: int = 0
    endpoint: Endpoint | None = None
    machine_group_ref: Ref | None = None
    taints: tuple[Taint, ...] | None = None
    labels: FrozenMap[str] = FrozenMap()
    upgrade_rollout_strategy: ControlPlaneRollout | None = None
    skip_load_balancer_deployment: bool = False
    cert_sans: tuple[str, ...] = ()
    machine_health_check: MachineHealthCheck | None = None
    api_server_extra_args: FrozenMap[str] = FrozenMap()
    kubelet_configuration: FreeObject | None = None
    audit_policy_content: str = ""
    skip_admission_for_system_resources: bool | None = None

    @property
    def node_taints(self) -> tuple[Taint, ...]:
        """Return the taints that nodes get: the usual one when unset, none when set to `[]`."""
        return (CONTROL_PLANE_TAINT,) if self.taints is None else self.taints
