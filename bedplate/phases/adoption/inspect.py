"""Inspect: the cluster is what the specification says, and manages itself. Nothing is changed."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import documents, ref_of
from bedplate.capi.restore import ADOPTED, is_adopted, was_moved
from bedplate.drift import Drift, Sort
from bedplate.drift.basis import Basis
from bedplate.drift.finding import Comparison
from bedplate.drift.looking import examine
from bedplate.engine.journal import Run, RunState
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError, Refused
from bedplate.fact import Given
from bedplate.facts import INSPECTED
from bedplate.ports.kube import Kube, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

DIFFERENCES = "differences"
DEFINITIONS = ("clusters.cluster.x-k8s.io", "clusters.anywhere.eks.amazonaws.com")

BLOCKING = frozenset({Sort.FOREIGN_UPGRADE, Sort.MISSING, Sort.PAUSED, Sort.STOPPED})
"""What keeps a cluster from being adopted; other differences are told, and stay for `drift`."""


class InspectCluster(Phase[facts.Inspected]):
    """Compare the cluster with the specification, as `drift` does, and note that it is ours now."""

    title = "Comparing the cluster with the specification"
    gives = INSPECTED
    needs = (facts.TAKEN_KUBECONFIG,)
    patience = Patience(deadline=300, attempts=2, tries=2)

    def check(self, given: Given, tools: Tools) -> facts.Inspected | None:
        """It was found to be so before, and still manages itself."""
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS or not was_moved(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Look; raises Refused NOT_EKS_ANYWHERE, CLUSTER_MANAGED, CLUSTER_DIFFERS."""
        kube = tools.kube(Side.CLUSTER)
        _require_eks_anywhere(kube, tools.spec)
        _require_manages_itself(kube, tools.spec)
        found = examine(tools, _basis(tools), "")
        _require_seen(found)
        blocking = [one for one in found.drifts if _blocks(tools.spec, one)]
        if blocking:
            raise _differs(tools.spec, blocking)
        told = [f"{one.sort} {one.target}: {one.seen}" for one in found.drifts]
        for line in told:
            tools.say(f"⚠ {line}")
        tools.notes.note(DIFFERENCES, told)
        tools.notes.note(ADOPTED[1], tools.spec.name)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Inspected | Waiting:
        """Return what was found."""
        if not (is_adopted(tools) or was_moved(tools)):
            return Waiting("the cluster to be inspected")
        kube = tools.kube(Side.CLUSTER)
        plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, tools.spec.name))
        labels = {kinds.CLUSTER_NAME_LABEL: tools.spec.name}
        machines = kube.list(kinds.MACHINE, names.NAMESPACE, labels)
        return facts.Inspected(
            kubernetes=objects.text(plane or {}, "spec", "version"),
            machines=len(machines),
            differences=objects.texts({DIFFERENCES: tools.notes.find(DIFFERENCES)}, DIFFERENCES),
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A look made nothing, and a note that was taken back counts no more."""
        return None


def _require_eks_anywhere(kube: Kube, spec: ClusterSpec) -> None:
    missing = [name for name in DEFINITIONS if kube.get(Ref(kinds.CRD, "", name)) is None]
    if missing:
        raise Refused(
            "NOT_EKS_ANYWHERE",
            f"the cluster that the kubeconfig leads to has no {' and no '.join(missing)}",
            why="only clusters that EKS Anywhere or Bedplate made can be adopted, and of these only"
            " the ones that manage themselves",
            remedy=f"give the kubeconfig of {spec.name} itself, as its administrator",
            owner=Owner.PLATFORM,
        )


def _require_manages_itself(kube: Kube, spec: ClusterSpec) -> None:
    cluster = kube.get(ref_of(kinds.CLUSTER, spec.name))
    own = kube.get(Ref(kinds.ANYWHERE_CLUSTER, spec.namespace, spec.name))
    manager = objects.text(own or {}, "spec", "managementCluster", "name") or spec.name
    if not spec.self_managed or cluster is None or own is None or manager != spec.name:
        by = spec.management_cluster if not spec.self_managed else manager
        seen = f"{spec.name} is managed by {by}" if by != spec.name else f"it has no {spec.name}"
        raise Refused(
            "CLUSTER_MANAGED",
            f"the cluster that the kubeconfig leads to does not manage {spec.name}: {seen}",
            why="whoever manages a cluster is the one to be adopted: it has the objects",
            remedy="adopt the management cluster, with its own specification and kubeconfig",
            owner=Owner.PLATFORM,
        )
    host = objects.text(cluster, "spec", "controlPlaneEndpoint", "host")
    if host != spec.endpoint:
        raise Refused(
            "ENDPOINT_OTHER",
            f"{spec.name} is at {host}, the specification says {spec.endpoint or 'nowhere'}",
            why="it is another cluster of this name",
            remedy="give the specification and the kubeconfig of one cluster",
            owner=Owner.SPEC_AUTHOR,
        )


def _basis(tools: Tools) -> Basis:
    """Return a basis as if a run of this specification had just been completed."""
    spec = tools.spec
    run = Run(
        id="adoption",
        operation="adopt",
        cluster=spec.name,
        site="",
        spec_text="",
        fingerprint=spec.fingerprint(),
        bundle=tools.bundle.digest,
        state=RunState.COMPLETED,
        started_at=0.0,
        ended_at=0.0,
        requested_by="",
    )
    return Basis(run, spec, (spec,), (run,))


def _require_seen(found: Comparison) -> None:
    failed = [part for part in found.unseen if part.failed]
    if failed:
        first = failed[0]
        raise PermanentError(
            first.code,
            f"{first.part} could not be looked at: {first.seen}",
            why="a cluster is adopted as it is seen, with its machines",
            remedy=first.remedy,
            owner=Owner.PLATFORM,
        )


def _blocks(spec: ClusterSpec, drift: Drift) -> bool:
    """The specification's own objects have to be as written; of others, what cannot stay so."""
    own = {objects.ref(document).identity for document in documents(spec)}
    return drift.sort in BLOCKING or (drift.sort is Sort.CHANGED and drift.target in own)


def _differs(spec: ClusterSpec, found: list[Drift]) -> Refused:
    lines = [f"{one.sort} {one.target}: {one.seen}" for one in found]
    return Refused(
        "CLUSTER_DIFFERS",
        f"{spec.name} is not what the specification says:\n" + "\n".join(lines),
        why="the next upgrade would make it so, whatever that replaces",
        remedy="write what the cluster is into the specification (its own:"
        f" kubectl get clusters.anywhere.eks.amazonaws.com {spec.name} -o yaml), with the release"
        " that it runs; then run the same command again",
        owner=Owner.SPEC_AUTHOR,
    )
