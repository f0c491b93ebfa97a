"""A simulated site and a phase at work on it, by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bedplate.fact import Given
from bedplate.ports.kube import Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.simulation import SimulatedSite
from bedplate.spec import ClusterSpec
from tests.unit.checks.place import NAMESPACE, put
from tests.unit.phases.two_sides import Notes


def nothing(key: Any) -> Any:
    raise KeyError(key.name)


GIVEN = Given(nothing)


@dataclass
class Setting:
    """A site, and the tools of a step there; notes stay from one attempt to the next."""

    folder: Path
    spec: ClusterSpec
    skipped: frozenset[str] = frozenset()
    said: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)

    def __post_init__(self) -> None:
        self.site = SimulatedSite(self.folder / "site")
        self.world = self.site.world

    @property
    def tools(self) -> Tools:
        ports, bundle = self.site.open(self.spec), self.site.bundle(self.spec)
        return Tools(self.spec, bundle, ports, self.notes, self.said.append, self.skipped)

    def with_spec(self, spec: ClusterSpec) -> Setting:
        return replace(self, spec=spec)

    def bootstrap(self) -> Kube:
        """Return the API server of a bootstrap cluster, with our namespace."""
        ports = self.tools.ports
        kube = ports.kube[Side.BOOTSTRAP]
        ports.bootstrap.create(f"{self.spec.name}-eks-a-cluster", {})
        while kube.reach() is not Reach.ANSWERS:
            ports.clock.sleep(5)
        name = {"name": NAMESPACE}
        put(kube, {"apiVersion": "v1", "kind": "Namespace", "metadata": name})
        return kube
