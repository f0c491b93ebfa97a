"""The Git repository that GitOps reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bedplate.ports.effect import effect


class Git(Protocol):
    """Remote repositories by URL; raises GIT_DENIED, or GIT_UNREACHABLE (temporary)."""

    def files(self, repository: str, branch: str, folder: str) -> Mapping[str, str]:
        """Return the files below a folder, path to text; empty where there is none."""
        ...

    def head(self, repository: str, branch: str) -> str | None:
        """Return the branch's commit, or None where the branch does not exist."""
        ...

    @effect("repository", "branch", "message")
    def commit(
        self, repository: str, branch: str, files: Mapping[str, str | None], message: str
    ) -> str:
        """Commit and push: text writes a file, None removes it; returns the commit.

        Where nothing changes there is no new commit.
        """
        ...
