"""Control plane: one machine more, one less, until all are of the new specification."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate import facts
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.cluster import ref_of
from bedplate.engine.phase import Patience, Waiting
from bedplate.fact import Given
from bedplate.facts import CONTROL_PLANE, EXTERNAL_ETCD
from bedplate.phases.machines import (
    complaints,
    evidence,
    list_machines,
    told_with_drains,
    with_node,
)
from bedplate.phases.rendering import Render
from bedplate.phases.standstill import told_with_standstill
from bedplate.phases.upgrade.etcd_members import not_told
from bedplate.phases.upgrade.pausing import start_control_plane
from bedplate.phases.upgrade.replacing import Group, after_etcd
from bedplate.phases.upgrade.rolling import Roll, control_plane_render, unfinished
from bedplate.ports.kube import Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class RollControlPlane(Roll[facts.ControlPlane]):
    """Order the cluster's objects anew and wait until every control-plane machine is up to date."""

    title = "Upgrading the control plane"
    gives = CONTROL_PLANE
    needs = (EXTERNAL_ETCD,)
    patience = Patience(deadline=5400, attempts=2)

    def conclude(self, tools: Tools, kube: Kube) -> Waiting | None:
        """Let the control plane go on that stood still for etcd."""
        start_control_plane(kube, tools.spec)
        return None

    def groups(self, tools: Tools, earlier: Sequence[Group]) -> tuple[Group, ...]:
        """Etcd's part is an earlier step's; what happens to it happens to the control plane too."""
        found = super().groups(tools, earlier)
        own = {group.name for group in earlier}
        return after_etcd((group for group in found if group.name not in own), earlier)

    def render(self, spec: ClusterSpec) -> Render:
        """Return what renders the control plane and all beside it."""
        return control_plane_render(spec)

    def verify(self, given: Given, tools: Tools) -> facts.ControlPlane | Waiting:
        """Look at what the controller says, then at each machine's node and version."""
        spec, kube = tools.spec, tools.kube(self._side)
        plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name))
        if plane is None:
            return Waiting(f"KubeadmControlPlane {spec.name}")
        if waiting := not_told(kube, spec, plane):
            return waiting
        wanted = spec.control_plane.count
        labels = selectors.of_control_plane(spec.name)
        if waiting := unfinished(plane, wanted, "control-plane machines"):
            every = tuple(kube.list(kinds.MACHINE, names.NAMESPACE, labels))
            troubled = Waiting(waiting.on, {**waiting.evidence, **complaints(every)})
            return told_with_standstill(told_with_drains(troubled, every), plane, every)
        machines = list_machines(kube, labels)
        version = objects.text(plane, "spec", "version")
        current = [m for m in machines if objects.text(m, "spec", "version") == version]
        joined = with_node(tuple(current))
        if len(joined) != wanted or len(machines) != wanted:
            on = f"{len(joined)} of {wanted} control-plane machines of {version} have a node"
            return Waiting(on, evidence(machines))
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            return Waiting("the cluster's API server", {"endpoint": spec.endpoint})
        return facts.ControlPlane(
            endpoint=spec.endpoint,
            kubeconfig=names.vault_kubeconfig(spec.name),
            machines=joined,
            etcd=given[EXTERNAL_ETCD].members,
        )
