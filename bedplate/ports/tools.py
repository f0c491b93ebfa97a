"""Everything a phase may use: the specification, the ports, its notes, and a voice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.bundles import ChosenBundle
from bedplate.fact import FactType, Key
from bedplate.ports.backups import Backups
from bedplate.ports.bootstrap import BootstrapClusters
from bedplate.ports.clock import Clock
from bedplate.ports.components import Components
from bedplate.ports.git import Git
from bedplate.ports.host import DockerHost
from bedplate.ports.kube import JSON, Kube, Reach, Side
from bedplate.ports.members import Members
from bedplate.ports.network import Network
from bedplate.ports.vault import Files, Vault
from bedplate.ports.vcenter import VCenter
from bedplate.spec import ClusterSpec


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of one cluster at one site."""

    clock: Clock
    kube: Mapping[Side, Kube]
    bootstrap: BootstrapClusters
    vcenter: VCenter
    network: Network
    host: DockerHost
    git: Git
    vault: Vault
    files: Files
    components: Components
    backups: Backups
    members: Members


class Notes(Protocol):
    """A phase's own lines in the journal: choices made before they are used, stages passed.

    And what other runs left there: a delete takes away what a create has noted.
    """

    def find(self, name: str) -> JSON:
        """Return what was noted under `name` in this run, by this step, or None."""
        ...

    def note(self, name: str, value: JSON) -> None:
        """Write a journal line; checked against the fencing token first."""
        ...

    def choose(self, name: str, make: Callable[[], str]) -> str:
        """Return the choice noted before, or make one and note it: random names stay the same."""
        ...

    def earlier(self, step: str, name: str) -> Sequence[JSON]:
        """Return what any run noted since the cluster's name was last free, and did not undo."""
        ...

    def others(self, key: Key[FactType]) -> Mapping[str, FactType]:
        """Return the newest fact of a key by cluster, for every other cluster that lives."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the four verbs of a phase work with.

    `skipped` names the checks that are not made, `backup` the one that a person wants back.
    """

    spec: ClusterSpec
    bundle: ChosenBundle
    ports: Ports
    notes: Notes
    say: Callable[[str], None]
    skipped: frozenset[str] = frozenset()
    backup: str = ""

    def kube(self, side: Side) -> Kube:
        """Return the API server of one side."""
        return self.ports.kube[side]

    def answering(self, side: Side) -> Kube | None:
        """Return the API server of one side where there is one and it answers."""
        kube = self.ports.kube.get(side)
        return kube if kube is not None and kube.reach() is Reach.ANSWERS else None
