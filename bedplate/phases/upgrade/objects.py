"""The cluster's own objects, written once it is what they say; nobody acts on them before."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import objects
from bedplate.capi.cluster import documents
from bedplate.engine.phase import Waiting
from bedplate.fact import Given
from bedplate.facts import POST_CHECKS
from bedplate.phases.cluster_config import WriteConfig
from bedplate.phases.cluster_objects import ClusterObjects, outdated
from bedplate.phases.gitops import GitOps
from bedplate.phases.managed.gitops import CommitToGit
from bedplate.phases.upgrade.foreign import note_written
from bedplate.phases.upgrade.rolling import no_way_back
from bedplate.ports.kube import Reach
from bedplate.ports.tools import Tools


class WriteObjects(ClusterObjects):
    """Apply the new objects; their controller is paused, and looks at them when it is not."""

    title = "Updating EKS-A objects of the cluster"
    needs = (POST_CHECKS,)
    final = True

    def check(self, given: Given, tools: Tools) -> facts.ClusterObjects | None:
        """The cluster is as they say, and they say what the specification does."""
        given[POST_CHECKS]
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Journal that they are ours from now on, then apply them."""
        note_written(tools)
        return super().run(given, tools)

    def verify(self, given: Given, tools: Tools) -> facts.ClusterObjects | Waiting:
        """Return the objects once each says what the specification does."""
        if waiting := outdated(tools.kube(self._side), tools):
            return waiting
        wanted = documents(tools.spec)
        return facts.ClusterObjects(objects=tuple(objects.ref(m).identity for m in wanted))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Raise Refused: with them the cluster would go."""
        raise no_way_back(tools.spec)


class CommitObjects(GitOps):
    """Commit the new objects before Flux looks again."""

    title = "Updating the cluster's configuration in Git"
    final = True

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Raise Refused: Flux would take the cluster back."""
        raise no_way_back(tools.spec)


class CommitManaged(CommitToGit):
    """Commit a managed cluster's new objects before its manager's Flux looks again."""

    title = "Updating the cluster's configuration in Git"
    final = True

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Raise Refused: Flux would take the cluster back."""
        raise no_way_back(tools.spec)


class RewriteConfig(WriteConfig):
    """Write the new specification beside the kubeconfig."""

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: the file is the user's."""
        return None
