"""Pause and unpause: nobody else works on the cluster while it is changed.

EKS Anywhere forgets its pauses when an upgrade fails. Here the pause is taken back whenever a run
ends before its last step, by the engine (`Operation.always`), and marked in the cluster, so that
nobody has to remember it.
"""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Fact, Given, Key
from bedplate.facts import CLUSTER_OBJECTS, PAUSE, POST_CHECKS, UNPAUSED
from bedplate.phases.upgrade import pausing
from bedplate.phases.upgrade.running import anywhere_ref
from bedplate.ports.kube import JSON, Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class Pause(Phase[facts.Pause]):
    """Pause EKS Anywhere and Flux for the cluster, and the clusters that it manages."""

    title = "Pausing controllers"
    gives = PAUSE
    patience = Patience(deadline=300)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Pause | None:
        """All of it is paused."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Pause the cluster's own objects, then the others."""
        kube = tools.kube(self._side)
        pausing.pause_own(kube, tools.spec)
        if self._side is Side.CLUSTER:
            pausing.pause_others(kube, tools.spec)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Pause | Waiting:
        """Return what is paused, once all is."""
        kube, spec = tools.kube(self._side), tools.spec
        own = {objects.ref(live).identity for live in pausing.own_objects(kube, spec)}
        paused = set(pausing.own_paused(kube, spec))
        managed = pausing.others(kube, spec) if self._side is Side.CLUSTER else ()
        active = [one for one in managed if not objects.flag(one, "spec", "paused")]
        left = sorted({*(own - paused), *(objects.ref(one).identity for one in active)})
        if left or not own:
            return Waiting(f"{', '.join(left) or 'the cluster'} to be paused")
        ours = (objects.ref(one).identity for one in managed if pausing.is_ours(one))
        return facts.Pause(objects=tuple(sorted({*paused, *ours})))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """End the pauses; that of the cluster itself only where its machines are not half-way.

        Its controller would take the machines back to the specification that it still has.
        """
        kube, spec = tools.kube(self._side), tools.spec
        if kube.reach() is Reach.ABSENT:
            return None
        if self._side is Side.CLUSTER:
            pausing.release_others(kube, spec)
        if pausing.is_half_way(kube, spec):
            tools.say(f"{spec.name} itself stays paused: its machines are being replaced")
            return None
        pausing.release_own(kube, spec)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Only the name."""
        return spec.name


class Unpause(Phase[facts.Unpaused]):
    """Give the cluster back to its controllers, which find it as its objects say."""

    title = "Resuming controllers"
    gives = UNPAUSED
    needs: tuple[Key[Fact], ...] = (POST_CHECKS, CLUSTER_OBJECTS)
    patience = Patience(deadline=900)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Unpaused | None:
        """The change is made, and nothing of it is paused."""
        for key in self.needs:
            given[key]
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """End every pause of ours."""
        kube = tools.kube(self._side)
        pausing.release_own(kube, tools.spec)
        if self._side is Side.CLUSTER:
            pausing.release_others(kube, tools.spec)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Unpaused | Waiting:
        """Return the objects once EKS Anywhere's controller says that the cluster is Ready."""
        kube, spec = tools.kube(self._side), tools.spec
        left = _still_paused(kube, spec, others=self._side is Side.CLUSTER)
        if left:
            return Waiting(f"{', '.join(left)} to be no longer paused")
        if waiting := not_ready(kube, spec):
            return waiting
        own = pausing.own_objects(kube, spec)
        return facts.Unpaused(objects=tuple(objects.ref(one).identity for one in own))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: nobody wants the pause back."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Only the name."""
        return spec.name


def _still_paused(kube: Kube, spec: ClusterSpec, *, others: bool) -> tuple[str, ...]:
    managed = pausing.others(kube, spec) if others else ()
    ours = tuple(objects.ref(one).identity for one in managed if pausing.is_ours(one))
    return (*pausing.own_paused(kube, spec), *ours)


def not_ready(kube: Kube, spec: ClusterSpec) -> Waiting | None:
    """Return what EKS Anywhere's controller still says of the cluster, None once it is Ready."""
    cluster = kube.get(anywhere_ref(spec))
    ready = objects.condition(cluster, "Ready") if cluster is not None else None
    if cluster is None or ready is None or not ready.true:
        return Waiting("the EKS-A Cluster to be Ready", {"says": ready.message if ready else ""})
    if not objects.is_observed(cluster):
        return Waiting("the EKS-A controller to see the newest Cluster")
    return None
