"""The saved copy of a cluster's objects, and who manages the cluster.

A bootstrap cluster lost before the pivot takes the only record of the machines with it. So the
objects are copied to the vault while the machines come up, and a new bootstrap cluster gets them
back from there. Once the cluster manages itself the copy is void and must never be restored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.commit import read_commit
from bedplate.capi.copies import create_copies, look, release_copies
from bedplate.capi.discover import discover, movable_kinds
from bedplate.capi.graph import ObjectGraph, is_cluster
from bedplate.capi.move import (
    GIVEN_BY_SERVER,
    MOVE_ANNOTATION,
    OUR_PREFIX,
    WAS_PAUSED_ANNOTATION,
    plan_move,
)
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

RESTORE_ANNOTATION = f"{OUR_PREFIX}restore"


ADOPTED = ("inspect", "adopted")
"""The step of an adoption that found the cluster to manage itself, and what it notes then."""


def vault_copy(cluster: str) -> str:
    """Return the vault's name of the copy."""
    return f"{cluster}/capi-objects"


def vault_moving(cluster: str) -> str:
    """Return the vault's name of the move that has begun to make objects on the target."""
    return f"{cluster}/moving"


def vault_moved(cluster: str) -> str:
    """Return the vault's name of the move that is done."""
    return f"{cluster}/moved"


# -- who manages the cluster ---------------------------------------------------------------------


def was_moved(tools: Tools) -> bool:
    """Say whether the cluster manages itself since a committed move (and none back again).

    One that was adopted was moved by others, who left no record: there its own Cluster counts.
    Only the cluster can say whether a move was committed, whatever became of the vault. Raises
    TemporaryError CLUSTER_SILENT where it does not answer and a move was begun: it is never
    concluded that it was not committed.
    """
    target = tools.kube(Side.CLUSTER)
    reach = target.reach()
    require_no_hidden_commit(tools, reach)
    if reach is not Reach.ANSWERS:
        return False
    commit = read_commit(target, tools.spec.name)
    if commit is None:
        return is_adopted(tools) and target.get(ref_of(kinds.CLUSTER, tools.spec.name)) is not None
    return not commit.superseded


def is_adopted(tools: Tools) -> bool:
    """Say whether the cluster was made by others and taken under management since."""
    return bool(tools.notes.earlier(*ADOPTED))


def require_no_hidden_commit(tools: Tools, reach: Reach) -> None:
    """Raise CLUSTER_SILENT where a cluster that cannot be asked may hold a commit.

    A move that is done says nothing of a cluster that is unknown now: it may be of an earlier life.
    """
    under_way = tools.ports.vault.get(vault_moving(tools.spec.name)) is not None
    if (reach is Reach.SILENT and move_begun(tools)) or (reach is Reach.ABSENT and under_way):
        raise cluster_silent(tools.spec)


def move_begun(tools: Tools) -> bool:
    """Say whether a move may have made something on the cluster."""
    vault, cluster = tools.ports.vault, tools.spec.name
    return any(
        vault.get(name) is not None for name in (vault_moving(cluster), vault_moved(cluster))
    )


def forget(tools: Tools) -> None:
    """Forget copy and moves: for a cluster that is deleted, before another takes its name."""
    for name in (vault_copy, vault_moving, vault_moved):
        tools.ports.vault.delete(name(tools.spec.name))


def cluster_silent(spec: ClusterSpec) -> TemporaryError:
    """Return the error for a cluster that does not answer and may manage itself."""
    return TemporaryError(
        "CLUSTER_SILENT",
        f"the API server of {spec.name} at {spec.endpoint} does not answer",
        why="its management may have been moved to it, which only it can tell",
        remedy="bring its API server back (or its kubeconfig, to the vault's"
        f" {names.vault_kubeconfig(spec.name)!r}), then resume",
        owner=Owner.PLATFORM,
    )


# -- the copy ------------------------------------------------------------------------------------


def copy_exists(tools: Tools) -> bool:
    """Say whether the vault holds a copy."""
    return tools.ports.vault.get(vault_copy(tools.spec.name)) is not None


def save_copy(tools: Tools, side: Side = Side.BOOTSTRAP) -> None:
    """Copy the cluster's objects to the vault, if they changed since the last copy.

    Nothing is copied while a move or a restoration is under way: what is there may be half.
    """
    kube = tools.kube(side)
    if kube.reach() is not Reach.ANSWERS or not _has_kinds(kube) or was_moved(tools):
        return
    graph = discover(kube, tools.spec.name)
    if graph.cluster is None:
        return
    if {MOVE_ANNOTATION, RESTORE_ANNOTATION} & objects.annotations_of(graph.cluster).keys():
        return
    keep_copy(tools, graph)


def keep_copy(tools: Tools, graph: ObjectGraph) -> None:
    """Put a graph into the vault, if it is not there already."""
    text = json.dumps([_kept(obj) for obj in graph], sort_keys=True)
    name = vault_copy(tools.spec.name)
    if tools.ports.vault.get(name) != text:
        tools.ports.vault.put(name, text)


def restore_copy(tools: Tools, side: Side = Side.BOOTSTRAP) -> int:
    """Create the copied objects on a side that lost its Cluster, and return how many there are.

    They are made as `restore_paused` does, and released once all are there.
    """
    graph = restore_paused(tools, side)
    if graph is not None:
        was_paused = graph.cluster is not None and objects.flag(graph.cluster, "spec", "paused")
        release_restored(tools.kube(side), tools.spec.name, paused=was_paused)
    return 0 if graph is None else len(graph)


def restore_paused(tools: Tools, side: Side = Side.BOOTSTRAP) -> ObjectGraph | None:
    """Create the copied objects, owners first, under a paused Cluster, and return them.

    A restoration that was interrupted goes on. Nothing is done (None) where there is no copy, the
    cluster manages itself, or a Cluster exists that no restoration made. Raises PermanentError
    RESTORE_INCOMPLETE where machines exist that the copy does not know.
    """
    kept = _read_copy(tools)
    kube = tools.kube(side)
    if not kept or was_moved(tools):
        return None
    cluster = kube.get(ref_of(kinds.CLUSTER, tools.spec.name))
    if cluster is not None and RESTORE_ANNOTATION not in objects.annotations_of(cluster):
        return None
    _require_complete(tools, kept)
    graph = ObjectGraph(tools.spec.name, kept)
    # What is there already (a credentials Secret) was applied from the specification of today.
    create_copies(
        kube,
        plan_move(graph),
        look(kube, movable_kinds(kube)),
        {RESTORE_ANNOTATION: "true"},
        keep_theirs=True,
    )
    return graph


def release_restored(kube: Kube, cluster: str, *, paused: bool = False) -> None:
    """Let the controllers begin with what was moved or restored, the Cluster last."""
    release_copies(kube, look(kube, movable_kinds(kube)).values())
    marks: dict[str, JSON] = {RESTORE_ANNOTATION: None}
    wanted: dict[str, JSON] = {"paused": True if paused else None}
    patch: Manifest = {"metadata": {"annotations": marks}, "spec": wanted}
    kube.patch(ref_of(kinds.CLUSTER, cluster), patch)


def _has_kinds(kube: Kube) -> bool:
    return kube.get(ref_of(kinds.CRD, "clusters.cluster.x-k8s.io", "")) is not None


def _read_copy(tools: Tools) -> Sequence[Manifest]:
    text = tools.ports.vault.get(vault_copy(tools.spec.name))
    if text is None:
        return ()
    try:
        found: JSON = json.loads(text)
    except ValueError:
        raise PermanentError(
            "COPY_UNREADABLE",
            f"the vault's {vault_copy(tools.spec.name)!r} is not the JSON that was saved",
            why="it is the only record of the machines once the bootstrap cluster is lost",
            remedy="put a backup of it in its place, or delete the cluster's virtual machines and"
            " this entry, then resume",
            owner=Owner.PLATFORM,
        ) from None
    return objects.items({"items": found}, "items")


def _kept(obj: Manifest) -> Manifest:
    """Return an object as it was before a move paused it, without what only its server knows."""
    notes = objects.annotations_of(obj)
    metadata: dict[str, JSON] = {
        key: value
        for key, value in objects.mapping(obj, "metadata").items()
        if key == "uid" or key not in GIVEN_BY_SERVER
    }
    metadata["annotations"] = {
        key: value for key, value in notes.items() if not key.startswith(OUR_PREFIX)
    }
    if not is_cluster(obj) or MOVE_ANNOTATION not in notes:
        return {**obj, "metadata": metadata}
    spec = dict(objects.mapping(obj, "spec"))
    spec["paused"] = notes.get(WAS_PAUSED_ANNOTATION) == "true"
    return {**obj, "metadata": metadata, "spec": spec}


def _require_complete(tools: Tools, kept: Sequence[Manifest]) -> None:
    known = {objects.name(obj) for obj in kept}
    unknown = [
        machine.name
        for machine in tools.ports.vcenter.virtual_machines(f"{tools.spec.name}-")
        if names.is_machine_of(tools.spec, machine.name) and machine.name not in known
    ]
    if unknown:
        raise PermanentError(
            "RESTORE_INCOMPLETE",
            f"the saved copy does not know the machines {', '.join(unknown)}",
            why="they were ordered after the copy was saved; controllers that do not know them"
            " would order others in their place",
            remedy="delete these virtual machines, then resume",
            owner=Owner.VSPHERE,
        )
