"""The throw-away KinD cluster on a Docker engine that the site names."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Protocol

from bedplate.ports.effect import effect
from bedplate.ports.kube import Manifest


class BootstrapState(enum.Enum):
    """How far a cluster is."""

    ABSENT = "there is none"
    UNFINISHED = "it was begun, and whoever made it did not come to the end"
    STOPPED = "it is whole, and its node does not run"
    RUNNING = "it is whole, and its node runs"


class BootstrapClusters(Protocol):
    """KinD. Raises TemporaryError BOOTSTRAP_ENGINE where the Docker engine does not answer."""

    def exists(self, name: str) -> bool:
        """Say whether KinD lists a cluster of this name, working or not."""
        ...

    def state(self, name: str) -> BootstrapState:
        """Say how far the cluster is; whether its API server answers is another question."""
        ...

    @effect("name")
    def create(self, name: str, config: Manifest, files: Mapping[str, str] | None = None) -> None:
        """Create the cluster; one of this name that is whole stays, and is started if need be.

        `files` are put into the node by their paths, for its containerd; they may hold a
        password. One that was begun and never finished is made anew: nobody has used it. Raises
        TemporaryError BOOTSTRAP_BUSY where another process is at it, BOOTSTRAP_FAILED.
        """
        ...

    @effect("name")
    def delete(self, name: str) -> None:
        """Delete the cluster; one that is gone is success."""
        ...
