"""Flux: reads a branch of a repository, and applies a path of it."""

from __future__ import annotations

from bedplate.simulation import repositories
from bedplate.simulation.controllers.context import Context
from bedplate.simulation.fields import Obj, generation_of, is_deleting, look, namespace_of, place

SOURCE = "source.toolkit.fluxcd.io"
KUSTOMIZE = "kustomize.toolkit.fluxcd.io"


def git_repositories(context: Context) -> None:
    """Reconcile every GitRepository."""
    for source in context.objects.of(SOURCE, "GitRepository"):
        if is_deleting(source) or not context.runs(namespace_of(source), "source-controller"):
            continue
        url, branch = _address(source)
        head = repositories.head_of(context.tx, url, branch)
        if head is not None:
            place(source, "status")["artifact"] = {"revision": f"{branch}@sha1:{head}"}
        _conclude(context, source, head is not None, f"no branch {branch} in {url}")


def kustomizations(context: Context) -> None:
    """Reconcile every Kustomization."""
    for kustomization in context.objects.of(KUSTOMIZE, "Kustomization"):
        namespace = namespace_of(kustomization)
        if is_deleting(kustomization) or not context.runs(namespace, "kustomize-controller"):
            continue
        reference = look(kustomization, "spec", "sourceRef") or {}
        place_of = reference.get("namespace") or namespace
        source = context.objects.get(SOURCE, "GitRepository", place_of, reference.get("name", ""))
        path = str(look(kustomization, "spec", "path") or "")
        revision = look(source or {}, "status", "artifact", "revision")
        files = {}
        if source is not None and revision:
            files = dict(repositories.files_below(context.tx, *_address(source), path))
            place(kustomization, "status")["lastAppliedRevision"] = revision
        _conclude(context, kustomization, bool(files), f"path not found: {path}")


def _address(source: Obj) -> tuple[str, str]:
    branch = look(source, "spec", "ref", "branch") or "master"
    return str(look(source, "spec", "url")), str(branch)


def _conclude(context: Context, obj: Obj, ready: bool, trouble: str) -> None:
    place(obj, "status")["observedGeneration"] = generation_of(obj)
    reason = "Succeeded" if ready else "Failed"
    context.mark(obj, "Ready", ready, reason, "" if ready else trouble)
    context.objects.save(obj)
