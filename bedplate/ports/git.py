"""The Git repository that GitOps reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bedplate.ports.effect import effect


class Git(Protocol):
    """One remote repository by its URL and branch. TemporaryError GIT_UNREACHABLE; PermanentError GIT_DENIED."""

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
        """Commit and push: text writes a file, None removes it; returns the commit. No change, no commit."""
        ...
