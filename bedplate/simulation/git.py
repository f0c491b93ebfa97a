"""Git repositories of a simulated world: one per URL, there as soon as something is pushed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bedplate.errors import Owner, PermanentError
from bedplate.simulation import repositories
from bedplate.simulation.world import World

SSH_URL = re.compile(r"ssh://.+|[\w.-]+@[\w.-]+:.+")


class SimulatedGit:
    """The repositories behind the `Git` port; reached over SSH only."""

    def __init__(self, world: World) -> None:
        self._world = world

    def files(self, repository: str, branch: str, folder: str) -> Mapping[str, str]:
        """Return the files below a folder, path to text; empty where there is none."""
        _require_ssh(repository)
        with self._world.snapshot() as tx:
            return repositories.files_below(tx, repository, branch, folder)

    def head(self, repository: str, branch: str) -> str | None:
        """Return the branch's commit, or None where the branch does not exist."""
        _require_ssh(repository)
        with self._world.snapshot() as tx:
            return repositories.head_of(tx, repository, branch)

    def commit(
        self, repository: str, branch: str, files: Mapping[str, str | None], message: str
    ) -> str:
        """Commit and push what differs; returns the commit. No change, no commit."""
        _require_ssh(repository)
        with self._world.transaction() as tx:
            return repositories.push(tx, repository, branch, files, message)


def _require_ssh(repository: str) -> None:
    if not SSH_URL.fullmatch(repository):
        raise PermanentError(
            "GIT_DENIED",
            f"{repository!r} cannot be used: only SSH URLs are",
            why="Flux and this program authenticate with an SSH key",
            remedy="write the URL as ssh://git@host/owner/repository.git",
            owner=Owner.SPEC_AUTHOR,
        )
