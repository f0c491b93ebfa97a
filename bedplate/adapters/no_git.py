"""Git where there is none yet: every call says so."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.errors import Owner, PermanentError


class NoGit:
    """Stands for the Git port at sites of real parts, which cannot do GitOps yet."""

    def files(self, repository: str, branch: str, folder: str) -> Mapping[str, str]:
        """Raise PermanentError GITOPS_NOT_HERE."""
        raise _not_here(repository)

    def head(self, repository: str, branch: str) -> str | None:
        """Raise PermanentError GITOPS_NOT_HERE."""
        raise _not_here(repository)

    def commit(
        self, repository: str, branch: str, files: Mapping[str, str | None], message: str
    ) -> str:
        """Raise PermanentError GITOPS_NOT_HERE."""
        raise _not_here(repository)


def _not_here(repository: str) -> PermanentError:
    return PermanentError(
        "GITOPS_NOT_HERE",
        f"GitOps with {repository or 'a repository'} is not available on real sites yet",
        why="Bedplate commits to Git on simulated sites only",
        remedy="leave gitOpsRef out of the Cluster, and set up Flux on the finished cluster",
        owner=Owner.SPEC_AUTHOR,
    )
