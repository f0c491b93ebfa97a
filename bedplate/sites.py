"""Sites: where operations work. The built-in one is simulated."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bedplate.ports.tools import Ports
from bedplate.simulation import SimulatedSite
from bedplate.spec import ClusterSpec


class Site(Protocol):
    """A place where clusters are made."""

    @property
    def name(self) -> str:
        """The name under which runs record it."""
        ...

    def open(self, spec: ClusterSpec) -> Ports:
        """Return the ports for one cluster; connects to nothing yet."""
        ...


class SiteKind(enum.StrEnum):
    """What a site is made of."""

    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """A site as configured: references and plain values, never a credential.

    `state` is the folder of its files, `journal` the journal's database URL, `pace` the real
    seconds that one simulated second takes.
    """

    name: str
    state: Path
    journal: str
    kind: SiteKind = SiteKind.SIMULATED
    pace: float = 0.0
    faults: tuple[str, ...] = field(default=())


def open_site(config: SiteConfig) -> Site:
    """Return the site that a configuration describes."""
    return SimulatedSite(config.state, name=config.name, pace=config.pace, faults=config.faults)
