"""GitOps of a managed cluster: its objects are committed; the management cluster's Flux reads."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.cluster import documents
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import GITOPS
from bedplate.phases.gitops import commit_path, missing_files, path_of, remove_path, repository
from bedplate.phases.managed.manager import require_manager
from bedplate.ports.kube import JSON, Manifest, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec, FluxConfig


class CommitToGit(Phase[facts.GitOps]):
    """Commit the cluster's objects below the management cluster's path, and see Flux take them."""

    title = "Adding the cluster to the management cluster's Git repository"
    gives = GITOPS
    patience = Patience(deadline=900)

    def skip(self, spec: ClusterSpec) -> str | None:
        """No gitOpsRef, no Git."""
        return None if spec.gitops else "GitOps field not specified, nothing is committed"

    def check(self, given: Given, tools: Tools) -> facts.GitOps | None:
        """Nothing is asked for, or the repository is current and Flux has read it."""
        if tools.spec.gitops is None:
            return facts.GitOps(repository=None)
        if tools.kube(Side.MANAGEMENT).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Commit; where nothing differs, nothing is committed."""
        if tools.spec.gitops is not None:
            require_manager(tools)
            commit_path(tools, tools.spec.gitops)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.GitOps | Waiting:
        """Return the commit once the management cluster's Flux reports a revision that has it."""
        flux = tools.spec.gitops
        if flux is None:
            return facts.GitOps(repository=None)
        if missing_files(tools, flux):
            return Waiting(f"the commit of {path_of(tools.spec, flux)}")
        head = tools.ports.git.head(repository(flux), flux.spec.branch)
        live = tools.kube(Side.MANAGEMENT).get(_sync_ref(flux))
        applied = objects.text(live, "status", "lastAppliedRevision") if live is not None else ""
        if not head or not applied.endswith(head) or not _ready(live):
            return Waiting(
                f"the Flux of {tools.spec.management_cluster} to apply the newest commit",
                {"wanted": head or "none", "applied": applied or "none"},
            )
        path = path_of(tools.spec, flux)
        return facts.GitOps(repository=repository(flux), path=path, commit=head)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove the cluster's path, so that no Flux brings its objects back."""
        if tools.spec.gitops is not None:
            remove_path(tools, tools.spec.gitops)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """All of it: the whole specification is committed."""
        return documents(spec) if spec.gitops else None


def _sync_ref(flux: FluxConfig) -> Ref:
    namespace = flux.spec.system_namespace
    return Ref(kinds.KUSTOMIZATION, namespace, namespace)


def _ready(live: Manifest | None) -> bool:
    ready = objects.condition(live, "Ready") if live is not None else None
    return ready is not None and ready.true
