"""The simulated site: every port of a cluster, on one world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bedplate.adapters.files import FileVault, FolderFiles
from bedplate.bundles import ChosenBundle
from bedplate.checks.gitops import KEY, KNOWN_HOSTS
from bedplate.ports.kube import Kube, Side
from bedplate.ports.tools import Ports
from bedplate.simulation import bundle
from bedplate.simulation.backups import SimulatedBackups
from bedplate.simulation.clock import SimulatedClock
from bedplate.simulation.components import SimulatedComponents
from bedplate.simulation.faulty import faulty
from bedplate.simulation.git import SimulatedGit
from bedplate.simulation.host import SimulatedHost
from bedplate.simulation.inventory import PASSWORD, USERNAME
from bedplate.simulation.kind import SimulatedKind
from bedplate.simulation.kube import bootstrap_kube, cluster_kube
from bedplate.simulation.members import SimulatedMembers
from bedplate.simulation.network import SimulatedNetwork
from bedplate.simulation.vcenter import SimulatedVCenter
from bedplate.simulation.world import World
from bedplate.spec import ClusterSpec

# What the simulated Git servers take; they take anything, and Flux wants something.
GIT_ACCESS = {
    KEY: "a private key for simulated Git servers",
    KNOWN_HOSTS: "the host keys of simulated Git servers",
}


class SimulatedSite:
    """A site without infrastructure: its world is a file, its time costs nothing.

    `state` holds the world, the vault and the users' folders. `pace` is how many real seconds one
    simulated second takes. `faults` are texts as `parse_fault` reads them; each happens once in the
    life of the world, however often the site is opened with it. `backups` is where backups are
    kept, if not with the rest.
    """

    def __init__(
        self,
        state: Path,
        *,
        name: str = "simulated",
        pace: float = 0.0,
        faults: Sequence[str] = (),
        backups: Path | None = None,
    ) -> None:
        self._name = name
        self._backups = backups or state / "backups"
        self._pace = pace
        self.state = state
        self.world = World(state)
        self.vault = FileVault(state / "vault")
        for text in faults:
            self.world.configure(text)
        self._furnish_vault()

    @property
    def name(self) -> str:
        """The name under which runs record the site."""
        return self._name

    def open(self, spec: ClusterSpec) -> Ports:
        """Return the ports for one cluster."""
        cluster, world, vault = spec.name, self.world, self.vault
        kind_name = f"{cluster}-eks-a-cluster"
        files = FolderFiles(self.state / "clusters" / cluster)
        backups = SimulatedBackups(world, cluster, self._backups / cluster)
        return Ports(
            clock=SimulatedClock(world, self._pace),
            kube=self._kube(spec, kind_name),
            bootstrap=faulty(SimulatedKind(world, cluster), "kind", world),
            vcenter=faulty(SimulatedVCenter(world, vault), "vcenter", world),
            network=faulty(SimulatedNetwork(world), "network", world),
            host=faulty(SimulatedHost(world), "host", world),
            git=faulty(SimulatedGit(world), "git", world),
            vault=faulty(vault, "vault", world),
            files=faulty(files, "files", world),
            components=faulty(
                SimulatedComponents(bundle.component_versions(spec)), "components", world
            ),
            backups=faulty(backups, "backups", world),
            members=faulty(SimulatedMembers(world, cluster), "members", world),
        )

    def _kube(self, spec: ClusterSpec, kind_name: str) -> Mapping[Side, Kube]:
        world, vault = self.world, self.vault
        found = {
            Side.BOOTSTRAP: bootstrap_kube(world, kind_name),
            Side.CLUSTER: cluster_kube(world, spec.name, vault),
        }
        if not spec.self_managed:
            found[Side.MANAGEMENT] = cluster_kube(world, spec.management_cluster, vault)
        return {side: faulty(kube, f"kube.{side}", world) for side, kube in found.items()}

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the simulated bundle, which is the same for every site of this version."""
        return bundle.choose(spec)

    def _furnish_vault(self) -> None:
        """Put vCenter's and Git's credentials where a person would have put them."""
        login = zip((USERNAME, PASSWORD), self.world.credentials(), strict=True)
        for name, text in (*login, *GIT_ACCESS.items()):
            if self.vault.get(name) is None:
                self.vault.put(name, text)
