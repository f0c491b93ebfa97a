"""Whether somebody else upgrades the cluster meanwhile: two who do so undo each other's work.

The versions that the cluster's own objects say are noted when a run's preflight passes, and looked
at again before machines are ordered. Until this run writes these objects, only others change them.
"""

from __future__ import annotations

import uuid

from bedplate.errors import Owner, PermanentError
from bedplate.phases.upgrade.running import running_spec
from bedplate.ports.kube import Kube
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

FOUND, CHANGE, WRITTEN = "versions-found", "change", "written-by"
PREFLIGHT, OBJECTS = "preflight", "cluster-objects"


def note_versions(tools: Tools, running: ClusterSpec) -> None:
    """Journal what the cluster runs as a change of it begins, once in a run."""
    tools.notes.choose(FOUND, lambda: versions_of(running))
    tools.notes.choose(CHANGE, lambda: uuid.uuid4().hex)


def note_written(tools: Tools) -> None:
    """Journal, in the step that writes the cluster's objects, that from now on they are ours."""
    for change in tools.notes.earlier(PREFLIGHT, CHANGE)[:1]:
        if tools.notes.find(WRITTEN) != change:
            tools.notes.note(WRITTEN, change)


def require_ours(tools: Tools, kube: Kube) -> None:
    """Raise PermanentError FOREIGN_CHANGE where versions are neither those noted nor asked for."""
    found = tools.notes.earlier(PREFLIGHT, FOUND)[:1]
    written = set(map(str, tools.notes.earlier(OBJECTS, WRITTEN)))
    if not found or set(map(str, tools.notes.earlier(PREFLIGHT, CHANGE)[:1])) & written:
        return
    now = versions_of(running_spec(kube, tools.spec))
    if now not in (found[0], versions_of(tools.spec)):
        raise _foreign(tools.spec, str(found[0]), now)


def versions_of(spec: ClusterSpec) -> str:
    """Return every version that a specification asks for, as people read them."""
    groups = (
        f"{group.name} {group.kubernetes_version}"
        for group in spec.workers
        if group.kubernetes_version is not None
    )
    own = spec.cluster.spec.eksa_version
    release = (f"EKS Anywhere {own}",) if own else ()
    return ", ".join((f"Kubernetes {spec.kubernetes_version}", *groups, *release))


def _foreign(spec: ClusterSpec, found: str, now: str) -> PermanentError:
    return PermanentError(
        "FOREIGN_CHANGE",
        f"somebody else changes {spec.name}: it was {found} when this run began, now its objects"
        f" say {now}",
        why="two who change one cluster undo each other's work; nothing more is ordered",
        remedy="find out who; then put these versions, or later ones, into the specification and"
        " run the same command with it: the run goes on with the corrected one",
        owner=Owner.PLATFORM,
    )
