"""Machines of a managed cluster: its Cluster is deleted where its machines are managed."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import objects
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner, Refused
from bedplate.fact import Given
from bedplate.phases.deletion.machines import ORDERED, DeleteMachines, note_machines
from bedplate.phases.deletion.ownership import live_cluster
from bedplate.phases.gitops import remove_path
from bedplate.phases.managed.manager import anywhere_ref, require_manager
from bedplate.phases.upgrade.pausing import release_own, start_control_plane
from bedplate.ports.kube import Kube, Manifest, Side
from bedplate.ports.tools import Tools


class DeleteManagedMachines(DeleteMachines):
    """Delete the cluster on its management cluster, and wait until every machine of it is gone.

    Whoever would bring it back is told first: Flux by its path in Git, then EKS Anywhere's
    controller by its Cluster. That controller deletes Cluster API's; where there is none that
    does, we do. It does nothing of it while its Cluster is paused, and keeps that.
    """

    title = "Deleting workload cluster"
    needs = (facts.LOCATION,)

    def __init__(self) -> None:
        super().__init__(Side.MANAGEMENT)

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Order the deletion; then wait for its end."""
        kube = require_manager(tools)
        cluster = live_cluster(kube, tools)
        if cluster is not None and not objects.is_deleting(cluster):
            note_machines(tools, kube)
        if tools.spec.gitops is not None:
            remove_path(tools, tools.spec.gitops)
        described = kube.get(anywhere_ref(tools.spec))
        if described is not None and not objects.is_deleting(described):
            kube.delete(anywhere_ref(tools.spec))
        waiting = super().run(given, tools)
        # What a change that broke left paused is deleted first and released after: controllers
        # that are let go on before would take the machines back to what they have on record.
        start_control_plane(kube, tools.spec)
        release_own(kube, tools.spec)
        return waiting

    def release(self, kube: Kube, cluster: Manifest, tools: Tools) -> None:
        """Nothing: a pause of the whole Cluster is somebody's, and is waited for."""

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Before the deletion was ordered there is nothing to take back; after it: Refused."""
        if tools.notes.find(ORDERED) is None:
            return None
        raise Refused(
            "DELETE_BEGUN",
            f"the deletion of {tools.spec.name} has begun on {tools.spec.management_cluster}",
            why="from there on a half-deleted cluster would be all that an abort could leave",
            remedy=f"bedplate resume {tools.spec.name}",
            owner=Owner.PLATFORM,
        )
