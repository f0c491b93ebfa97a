"""GitOps for a delete: the cluster's path leaves its Git repository."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import GITOPS
from bedplate.phases.deletion.ownership import is_gone
from bedplate.phases.gitops import path_files, remove_path, repository
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class RemoveFromGit(Phase[facts.GitOps]):
    """Commit the removal of the cluster's path, once no Flux reads it any more."""

    title = "Clean up Git Repo"
    gives = GITOPS
    needs = (facts.DELETED_MACHINES,)
    patience = Patience(deadline=300)

    def skip(self, spec: ClusterSpec) -> str | None:
        """No gitOpsRef, no path."""
        return None if spec.gitops else "GitOps field not specified, no Git repository to clean up"

    def check(self, given: Given, tools: Tools) -> facts.GitOps | None:
        """The cluster is gone, and its path too."""
        if tools.spec.gitops is not None and not is_gone(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Commit; where nothing is there, nothing is committed."""
        if tools.spec.gitops is not None:
            remove_path(tools, tools.spec.gitops)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.GitOps | Waiting:
        """Return the repository once the path holds no file."""
        flux = tools.spec.gitops
        if flux is None:
            return facts.GitOps(repository=None)
        if path_files(tools, flux):
            return Waiting(f"{repository(flux)} without the files of {tools.spec.name}")
        head = tools.ports.git.head(repository(flux), flux.spec.branch)
        return facts.GitOps(repository=repository(flux), commit=head)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """The history has what was removed."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]
