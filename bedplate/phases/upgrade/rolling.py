"""What the phases that replace machines have in common: they order, and Cluster API rolls."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.differences import Difference, differences
from bedplate.engine.phase import Phase, Waiting
from bedplate.errors import Owner, Refused
from bedplate.fact import Fact, FactType_co, Given, Key
from bedplate.phases.installing import apply_all
from bedplate.phases.managed.manager import require_steady
from bedplate.phases.rendering import Render, blueprint_of, blueprint_seen, draft, fitting
from bedplate.phases.upgrade.foreign import require_ours
from bedplate.phases.upgrade.pausing import set_half_way
from bedplate.phases.upgrade.replacing import Group, groups_of
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec

REPLICAS = ("replicas", "readyReplicas", "availableReplicas", "upToDateReplicas")


class Roll(Phase[FactType_co]):
    """Order machines of another specification, and wait until no other ones are left.

    It is done where applying would change nothing (a dry run says so), every machine is up to date,
    and every step before it is done: what comes after a step does not prove it, as in a create.
    """

    final = True

    def __init__(self, side: Side, *also: Key[Fact]) -> None:
        """`also` are facts of steps before it that only some tables have."""
        self._side = side
        self.needs = (*self.needs, *also)

    def check(self, given: Given, tools: Tools) -> FactType_co | None:
        """The machines are as the specification says."""
        for key in self.needs:
            given[key]
        kube = tools.kube(self._side)
        if kube.reach() is not Reach.ANSWERS or self.changes(tools, kube):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def changes(self, tools: Tools, kube: Kube) -> tuple[Difference, ...]:
        """Return what would change; looks only."""
        return differences(kube, self.wanted(tools.spec, kube, blueprint_seen(tools)))

    def groups(self, tools: Tools, earlier: Sequence[Group]) -> tuple[Group, ...]:
        """Return what would happen to this step's machines; `earlier` is told by steps before."""
        del earlier
        kube = tools.kube(self._side)
        wanted = self.wanted(tools.spec, kube, blueprint_seen(tools))
        return groups_of(kube, wanted, tools.spec)

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Mark the cluster as half-way, then order.

        Raises before either FOREIGN_CHANGE, or MANAGER_UNSTEADY of a managed cluster.
        """
        kube = tools.kube(self._side)
        require_ours(tools, kube)
        if self._side is Side.MANAGEMENT:
            require_steady(kube, tools.spec)
        set_half_way(kube, tools.spec)
        self.prepare(tools, kube)
        apply_all(kube, self.wanted(tools.spec, kube, blueprint_of(tools)))
        return self.conclude(tools, kube)

    def prepare(self, tools: Tools, kube: Kube) -> None:
        """Do what comes before the order."""

    def conclude(self, tools: Tools, kube: Kube) -> Waiting | None:
        """Do what comes after the order."""
        return None

    def wanted(self, spec: ClusterSpec, kube: Kube, first: Blueprint) -> tuple[Manifest, ...]:
        """Return what is to be applied, under the names that fit what is there."""
        return fitting(spec, first, kube, self.render(spec))

    @abstractmethod
    def render(self, spec: ClusterSpec) -> Render:
        """Return what renders this phase's objects."""

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Raise Refused: Kubernetes goes one way, and machines that are replaced are gone."""
        raise no_way_back(tools.spec)

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The objects as rendered, without the key that may be generated later."""
        return list(self.render(spec)(draft(spec, bundle)))


def control_plane_render(spec: ClusterSpec) -> Render:
    """Return what renders the cluster, its control plane and its external etcd."""
    return provider_of(spec).control_plane


def is_of_etcd(spec: ClusterSpec, manifest: Manifest) -> bool:
    """Say whether an object is external etcd's: its cluster, or a template of its machines."""
    kind, name = objects.kind(manifest), objects.name(manifest)
    if kind == kinds.ETCDADM_CLUSTER:
        return True
    own, _, number = name.rpartition("-")
    is_template = kind.kind.endswith("MachineTemplate") and number.isdigit()
    return is_template and own == names.etcd_cluster(spec.name)


def unfinished(owner: Manifest, wanted: int, what: str) -> Waiting | None:
    """Return how far a controller is with its machines, None once all are up to date."""
    if not objects.is_observed(owner):
        return Waiting(f"the controller to see the newest {objects.ref(owner).identity}")
    counts = {name: objects.number(owner, "status", name) or 0 for name in REPLICAS}
    if all(count == wanted for count in counts.values()):
        return None
    current, there = counts["upToDateReplicas"], counts["replicas"]
    on = f"{current} of {wanted} {what} up to date, {counts['readyReplicas']} of {there} ready"
    return Waiting(on, _said(owner))


def _said(owner: Manifest) -> Mapping[str, JSON]:
    """Return what the controller's conditions say that are not true."""
    troubled = (c for c in objects.conditions(owner) if c.message and not c.true)
    return {one.type: one.message for one in troubled}


def no_way_back(spec: ClusterSpec) -> Refused:
    """Return the refusal to take back a change of machines."""
    return Refused(
        "CHANGE_BEGUN",
        f"the change of {spec.name} has begun, and cannot be taken back",
        why="machines that were replaced are gone, and Kubernetes does not go back to an older"
        " minor version",
        remedy="resume it; where the specification was wrong, correct it and run the same command"
        " with it: the run goes on with the corrected one",
        owner=Owner.PLATFORM,
    )
