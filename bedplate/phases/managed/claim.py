"""Claim: the management cluster is looked at, and the cluster's name there becomes ours."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects
from bedplate.capi.claim import claim, claim_ref, claimed_for
from bedplate.capi.cluster import build
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, Refused
from bedplate.fact import Given
from bedplate.facts import MANAGER
from bedplate.phases.managed.claims import CLAIMED, claims_of
from bedplate.phases.managed.leftovers import left_behind, remove
from bedplate.phases.managed.manager import managed_cluster, require_manager, require_steady
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class ClaimName(Phase[facts.Manager]):
    """Mark the name on the management cluster as this create's.

    What the management cluster must be is asked by the preflight; here is what may have changed
    since, and what two creates at once must not both find free.
    """

    title = "Claiming the cluster's name on the management cluster"
    gives = MANAGER
    needs = (facts.PREFLIGHT,)
    patience = Patience(deadline=300)

    def check(self, given: Given, tools: Tools) -> facts.Manager | None:
        """The claim is there, for this specification."""
        if tools.kube(Side.MANAGEMENT).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Claim it; raises Refused MANAGER_UNSTEADY, or NAME_TAKEN."""
        kube = require_manager(tools)
        require_steady(kube, tools.spec)
        tools.notes.note(CLAIMED, tools.spec.fingerprint())
        namespace = build(kinds.NAMESPACE, names.NAMESPACE, {}, namespace="")
        kube.apply(objects.ref(namespace), namespace)
        wanted, ref = claim(tools.spec), claim_ref(tools.spec.name)
        # Made, not applied: of two creates at once only one makes it.
        there = claimed_for(kube.create(ref, wanted))
        if there not in {tools.spec.fingerprint(), *claims_of(tools)}:
            raise _taken(tools.spec)
        if there != tools.spec.fingerprint():
            kube.apply(ref, wanted)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Manager | Waiting:
        """Return the management cluster once it holds the claim."""
        kube, spec = tools.kube(Side.MANAGEMENT), tools.spec
        if claimed_for(kube.get(claim_ref(spec.name))) != spec.fingerprint():
            return Waiting(f"the claim of {spec.name} on {spec.management_cluster}")
        return facts.Manager(name=spec.management_cluster, claim=claim_ref(spec.name).name)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove what nobody owns on the management cluster, and the claim last."""
        kube = require_manager(tools)
        ours = {"", tools.spec.fingerprint(), *claims_of(tools)}
        if claimed_for(kube.get(claim_ref(tools.spec.name))) not in ours:
            return None  # another create's: what bears the name there is not ours
        if managed_cluster(kube, tools.spec) is not None:
            return Waiting(f"{tools.spec.management_cluster} to know no {tools.spec.name}")
        return remove(kube, left_behind(kube, tools))

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The whole specification, which the claim names; the bundle is none of it."""
        return [spec.fingerprint()]


def _taken(spec: ClusterSpec) -> Refused:
    return Refused(
        "NAME_TAKEN",
        f"{spec.management_cluster} already has a claim of a cluster {spec.name}, of another"
        " specification",
        why="somebody else makes, or made, a cluster of this name there",
        remedy="choose another name, or delete that cluster first: bedplate delete cluster"
        f" {spec.name}, where it was created",
        owner=Owner.SPEC_AUTHOR,
    )
