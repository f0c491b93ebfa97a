"""Locate: who manages the cluster, and whether it may be deleted at all."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.claim import claimed_names
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, Refused
from bedplate.fact import Given
from bedplate.facts import LOCATION
from bedplate.phases.bootstrap import create
from bedplate.phases.deletion.ownership import bootstrap_name, find_owner, virtual_machines
from bedplate.phases.deletion.volumes import VOLUMES_CHECK, vsphere_volumes
from bedplate.phases.managed.manager import require_steady
from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.kube import Kind, Kube, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

CLUSTER_KINDS = (kinds.CLUSTER, kinds.ANYWHERE_CLUSTER)


class Locate(Phase[facts.Location]):
    """Find out who manages the machines; refuse to delete what others need.

    As with a preflight, yesterday's answer says nothing about today, so `check` never finds it
    done; but it refuses, and so a plan does too, before anything is begun.
    """

    title = "Performing setup and validations"
    gives = LOCATION
    patience = Patience(deadline=600, attempts=2)

    def check(self, given: Given, tools: Tools) -> facts.Location | None:
        """Nothing is ever settled here; raises Refused where the cluster may not be deleted."""
        _require_deletable(tools)
        return None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Look, and tell what was seen; a bootstrap cluster that has to answer is started."""
        _require_deletable(tools)
        owner = find_owner(tools)
        if isinstance(owner, Waiting):
            _start_bootstrap(tools)
            return owner
        spec = tools.spec
        told = owner.value.format(cluster=spec.name, manager=spec.management_cluster)
        tools.say(f"✅ {told}")
        tools.say(f"   {len(virtual_machines(tools))} virtual machines will be deleted")
        for volume in _volumes(tools):
            tools.say(f"   the disk of volume {volume} stays in its datastore, as you asked")
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Location | Waiting:
        """Return who manages the machines, and which there are."""
        owner = find_owner(tools)
        if isinstance(owner, Waiting):
            return owner
        machines = tuple(machine.name for machine in virtual_machines(tools))
        return facts.Location(owner=owner.name.lower(), machines=machines, volumes=_volumes(tools))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A look made nothing."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


def _start_bootstrap(tools: Tools) -> None:
    """Start its node, where that was stopped: its machine may have booted since."""
    if tools.ports.bootstrap.state(bootstrap_name(tools)) is BootstrapState.STOPPED:
        tools.say("The bootstrap cluster's node does not run; it is started")
        create(tools)


def _require_deletable(tools: Tools) -> None:
    _require_steady_manager(tools)
    cluster = tools.kube(Side.CLUSTER)
    if cluster.reach() is not Reach.ANSWERS:
        return  # whether that matters is for whoever looks for the owner
    others = _managed_by(cluster, tools.spec.name)
    if others:
        raise _manages(tools.spec, others)
    if VOLUMES_CHECK not in tools.skipped and (volumes := vsphere_volumes(cluster)):
        raise _would_orphan(tools.spec, volumes)


def _require_steady_manager(tools: Tools) -> None:
    """Controllers that are being moved or upgraded delete nothing, or half of it."""
    if not tools.spec.self_managed and tools.kube(Side.MANAGEMENT).reach() is Reach.ANSWERS:
        require_steady(tools.kube(Side.MANAGEMENT), tools.spec)


def _managed_by(kube: Kube, name: str) -> tuple[str, ...]:
    """Return the other clusters that this one manages, or is about to.

    By Cluster API's word or EKS Anywhere's, or by the claim of a create that has just begun.
    """
    known = [kind for kind in CLUSTER_KINDS if kube.get(_definition(kind)) is not None]
    found = {objects.name(other) for kind in known for other in kube.list(kind)}
    return tuple(sorted((found | claimed_names(kube)) - {name}))


def _definition(kind: Kind) -> Ref:
    return Ref(kinds.CRD, "", f"clusters.{kind.group}")


def _volumes(tools: Tools) -> tuple[str, ...]:
    kube = tools.kube(Side.CLUSTER)
    return vsphere_volumes(kube) if kube.reach() is Reach.ANSWERS else ()


def _manages(spec: ClusterSpec, others: Sequence[str]) -> Refused:
    return Refused(
        "CLUSTER_MANAGES_OTHERS",
        f"{spec.name} manages {', '.join(others)}",
        why="their machines would go on without anybody who can repair, scale or delete them",
        remedy=f"delete these first, then run the same command again: {', '.join(others)}",
        owner=Owner.PLATFORM,
    )


def _would_orphan(spec: ClusterSpec, volumes: Sequence[str]) -> Refused:
    return Refused(
        "VOLUMES_LEFT",
        f"{spec.name} has {len(volumes)} volumes on vSphere disks: {', '.join(volumes)}",
        why="deleting machines does not delete these disks, and afterwards nobody knows them",
        remedy="delete their claims (kubectl delete pvc) so that the disks go too, or leave the"
        f" disks where they are with --skip-validations {VOLUMES_CHECK}",
        owner=Owner.PLATFORM,
    )
