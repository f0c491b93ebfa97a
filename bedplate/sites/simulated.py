"""Faults: failures that are tried at simulated sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bedplate.errors import BadInput, Owner
from bedplate.sites.site import SiteConfig, SiteKind

if TYPE_CHECKING:
    from bedplate.simulation import Fault, World


def inject_faults(config: SiteConfig, texts: Sequence[str]) -> None:
    """Let calls through a site's ports fail as told.

    Raises BadInput FAULT_UNKNOWN where a text is no fault, SITE_NOT_SIMULATED.
    """
    if not texts:
        return
    from bedplate.simulation import World, parse_fault

    _require_simulated(config)
    faults = [parse_fault(text) for text in texts]
    world = World(config.state)
    for fault in faults:
        world.inject(fault)


def pending_faults(config: SiteConfig) -> Sequence[Fault]:
    """Return the faults that are still to happen at a site; raises BadInput SITE_NOT_SIMULATED."""
    world = _existing_world(config)
    return () if world is None else world.faults()


def clear_faults(config: SiteConfig) -> Sequence[Fault]:
    """Take back every fault of a site and return them; raises BadInput SITE_NOT_SIMULATED."""
    world = _existing_world(config)
    return () if world is None else world.clear_faults()


def _existing_world(config: SiteConfig) -> World | None:
    from bedplate.simulation import World

    _require_simulated(config)
    return World(config.state) if World.exists(config.state) else None


def _require_simulated(config: SiteConfig) -> None:
    if config.kind is not SiteKind.SIMULATED:
        raise BadInput(
            "SITE_NOT_SIMULATED",
            f"site {config.name!r} is of kind {config.kind}, where no fault can be tried",
            why="faults happen to the simulated world only",
            remedy="name a simulated site; `bedplate sites` shows their kinds",
            owner=Owner.PLATFORM,
        )
