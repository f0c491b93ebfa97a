"""KinD: throw-away clusters on a Docker engine that is not there."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.kube import Manifest
from bedplate.simulation import apis
from bedplate.simulation.world import World


class SimulatedKind:
    """The KinD clusters of a world. A new one's API server answers after half a minute."""

    def __init__(self, world: World, cluster: str) -> None:
        self._world = world
        self._cluster = cluster

    def exists(self, name: str) -> bool:
        """Say whether KinD lists a cluster of this name, working or not."""
        with self._world.snapshot() as tx:
            return apis.exists(tx, apis.of_kind(name))

    def state(self, name: str) -> BootstrapState:
        """Say how far the cluster is; simulated ones are whole at once."""
        return BootstrapState.RUNNING if self.exists(name) else BootstrapState.ABSENT

    def create(self, name: str, config: Manifest, files: Mapping[str, str] | None = None) -> None:
        """Create the cluster; one of this name that exists is success."""
        with self._world.transaction() as tx:
            if not apis.exists(tx, apis.of_kind(name)):
                apis.make_kind(tx, name, self._cluster)

    def delete(self, name: str) -> None:
        """Delete the cluster with all its objects; virtual machines are not its own."""
        with self._world.transaction() as tx:
            apis.drop(tx, apis.of_kind(name))
