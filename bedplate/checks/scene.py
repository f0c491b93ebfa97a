"""What a check may look at: the specification, the bundle, and ports that it only reads from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.bundles import ChosenBundle
from bedplate.ports.clock import Clock
from bedplate.ports.components import Components
from bedplate.ports.git import Git
from bedplate.ports.host import DockerHost, HostFacts
from bedplate.ports.kube import Kube, Side
from bedplate.ports.network import Network
from bedplate.ports.vault import Vault
from bedplate.ports.vcenter import Snapshot, VCenter
from bedplate.spec import ClusterSpec


@dataclass(slots=True)
class Scene:
    """One look around. The vCenter's inventory and the Docker engine are each looked at once.

    `kube` holds the API servers that are known, `claims` the specifications (by fingerprint) that
    runs of this cluster claimed its name for on its management cluster. `git` and `components` are
    None where nothing is read from Git, or installed.
    """

    spec: ClusterSpec
    bundle: ChosenBundle
    clock: Clock
    network: Network
    host: DockerHost
    vcenter: VCenter
    vault: Vault
    kube: Mapping[Side, Kube] = field(default_factory=dict)
    git: Git | None = None
    components: Components | None = None
    claims: frozenset[str] = frozenset()
    _seen: Snapshot | None = field(default=None, init=False)
    _engine: dict[tuple[int, ...], HostFacts] = field(default_factory=dict, init=False)

    def inventory(self) -> Snapshot:
        """Return what vCenter holds, as seen the first time somebody asked."""
        if self._seen is None:
            self._seen = self.vcenter.look()
        return self._seen

    def engine(self, tcp_ports: tuple[int, ...] = ()) -> HostFacts:
        """Return what the Docker engine says, as seen the first time somebody asked."""
        if tcp_ports not in self._engine:
            self._engine[tcp_ports] = self.host.look(tcp_ports)
        return self._engine[tcp_ports]
