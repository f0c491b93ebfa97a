"""KinD: throw-away clusters on a Docker engine that is not there."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.kube import Manifest
from bedplate.simulation import apis
from bedplate.simulation.world import World

STATES = {
    None: BootstrapState.ABSENT,
    apis.RUNNING: BootstrapState.RUNNING,
    apis.STOPPED: BootstrapState.STOPPED,
    apis.UNFINISHED: BootstrapState.UNFINISHED,
}


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
        """Say how far the cluster is."""
        with self._world.snapshot() as tx:
            return STATES[apis.kind_state(tx, name)]

    def create(self, name: str, config: Manifest, files: Mapping[str, str] | None = None) -> None:
        """Create the cluster; a whole one is started if need be, a half made one made anew."""
        with self._world.transaction() as tx:
            state = apis.kind_state(tx, name)
            if state == apis.STOPPED:
                apis.stop(tx, name, stopped=apis.RUNNING)
            if state == apis.UNFINISHED:
                apis.drop(tx, apis.of_kind(name))
            if state in (None, apis.UNFINISHED):
                apis.make_kind(tx, name, self._cluster)

    def delete(self, name: str) -> None:
        """Delete the cluster with all its objects; virtual machines are not its own."""
        with self._world.transaction() as tx:
            apis.drop(tx, apis.of_kind(name))
