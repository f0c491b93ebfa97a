"""Control plane: Cluster API replaces its machines one by one, and kubeadm makes certificates."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.cluster import ref_of
from bedplate.certificates import plane_servers
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import RENEWED_CONTROL_PLANE, RENEWED_ETCD
from bedplate.phases.machines import evidence, told_with_drains, with_node
from bedplate.phases.renewal.ends import note_end, noted_end
from bedplate.phases.renewal.moments import (
    choose_moment,
    chosen_moment,
    made_before,
    moment_that_counts,
)
from bedplate.phases.standstill import told_with_standstill
from bedplate.phases.upgrade.etcd_members import not_told
from bedplate.phases.upgrade.pausing import start_control_plane
from bedplate.phases.upgrade.rolling import unfinished
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

AFTER = ("spec", "rollout", "after")


class RenewControlPlane(Phase[facts.RenewedMachines]):
    """Have Cluster API replace every control-plane machine that was made before the moment."""

    title = "Replacing the control plane's machines"
    gives = RENEWED_CONTROL_PLANE
    needs = (RENEWED_ETCD,)
    patience = Patience(deadline=5400, attempts=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.RenewedMachines | None:
        """Etcd is done, and every machine is new enough."""
        given[RENEWED_ETCD]
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Order the rollout, and let the control plane go on that stood still for etcd."""
        kube, spec = tools.kube(self._side), tools.spec
        note_end(tools, plane_servers(spec, kube))
        moment, plane = choose_moment(tools), ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name)
        live = kube.get(plane)
        if live is not None and objects.text(live, *AFTER) != moment:
            kube.patch(plane, {"spec": {"rollout": {"after": moment}}})
        start_control_plane(kube, spec)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.RenewedMachines | Waiting:
        """Look at what the controller says, then at each machine's age and node."""
        spec, kube = tools.spec, tools.kube(self._side)
        plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name))
        if plane is None:
            return Waiting(f"KubeadmControlPlane {spec.name}")
        if waiting := not_told(kube, spec, plane):
            return waiting
        wanted = objects.number(plane, "spec", "replicas") or 0
        if waiting := unfinished(plane, wanted, "control-plane machines"):
            every = plane_machines(kube, spec)
            return told_with_standstill(told_with_drains(waiting, every), plane, every)
        moment, machines = moment_that_counts(tools), plane_machines(kube, spec)
        older, joined = made_before(machines, moment), with_node(machines)
        if older or len(joined) != wanted or len(machines) != wanted:
            on = f"{len(machines) - len(older)} of {wanted} control-plane machines replaced"
            return Waiting(on, evidence(machines))
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            return Waiting("the cluster's API server", {"endpoint": spec.endpoint})
        made = tuple(machine.name for machine in joined)
        return facts.RenewedMachines(since=moment, machines=made, former_end=noted_end(tools))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Order no more; machines that were replaced are of the same specification, and stay."""
        kube = tools.kube(self._side)
        if kube.reach() is Reach.ABSENT:
            return None
        plane = ref_of(kinds.KUBEADM_CONTROL_PLANE, tools.spec.name)
        live = kube.get(plane)
        moment = chosen_moment(tools)
        if live is not None and moment and objects.text(live, *AFTER) == moment:
            kube.patch(plane, {"spec": {"rollout": {"after": None}}})
        start_control_plane(kube, tools.spec)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone: which machines there are is seen."""
        return spec.name


def plane_machines(kube: Kube, spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return every control-plane machine, also one that goes."""
    return tuple(kube.list(kinds.MACHINE, names.NAMESPACE, selectors.of_control_plane(spec.name)))
