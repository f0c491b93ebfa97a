"""The throw-away KinD cluster on a Docker engine that the site names."""

from __future__ import annotations

from typing import Protocol

from bedplate.ports.effect import effect
from bedplate.ports.kube import Manifest


class BootstrapClusters(Protocol):
    """KinD. Raises TemporaryError BOOTSTRAP_ENGINE where the Docker engine does not answer."""

    def exists(self, name: str) -> bool:
        """Say whether KinD lists a cluster of this name, working or not."""
        ...

    @effect("name")
    def create(self, name: str, config: Manifest) -> None:
        """Create the cluster; one of this name that exists is success."""
        ...

    @effect("name")
    def delete(self, name: str) -> None:
        """Delete the cluster; one that is gone is success."""
        ...
