"""Sites: where operations work. The built-in one is simulated."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bedplate.adapters.redaction import RememberingVault

if TYPE_CHECKING:
    from bedplate.ports.tools import Ports
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
    seconds that one simulated second takes. Each of `faults` happens once in the site's life.
    """

    name: str
    state: Path
    journal: str
    kind: SiteKind = SiteKind.SIMULATED
    pace: float = 0.0
    faults: tuple[str, ...] = field(default=())


class _Discreet:
    """A site whose secrets are remembered, so that nothing written for people shows them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.name = site.name

    def open(self, spec: ClusterSpec) -> Ports:
        """Return the ports with a vault that remembers."""
        ports = self._site.open(spec)
        return replace(ports, vault=RememberingVault(ports.vault))


def open_site(config: SiteConfig) -> Site:
    """Return the site that a configuration describes; raises BadInput for a fault that is none."""
    # Imported here: whoever only reads a configuration needs no site.
    from bedplate.simulation import SimulatedSite

    return _Discreet(
        SimulatedSite(config.state, name=config.name, pace=config.pace, faults=config.faults)
    )


def inject_faults(config: SiteConfig, texts: Sequence[str]) -> None:
    """Let calls through a site's ports fail as told; raises BadInput where a text is no fault."""
    if not texts:
        return
    from bedplate.simulation import World, parse_fault

    faults = [parse_fault(text) for text in texts]
    world = World(config.state)
    for fault in faults:
        world.inject(fault)
