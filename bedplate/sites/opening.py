"""From a site's configuration to the site, and to what preflight looks at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bedplate.adapters.redaction import RememberingVault
from bedplate.sites.site import Site, SiteConfig, SiteKind

if TYPE_CHECKING:
    from bedplate.bundles import ChosenBundle
    from bedplate.checks import Scene
    from bedplate.ports.tools import Ports
    from bedplate.spec import ClusterSpec

Warn = Callable[[str], None]


class _Discreet:
    """A site whose secrets are remembered, so that nothing written for people shows them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.name = site.name

    def open(self, spec: ClusterSpec) -> Ports:
        """Return the ports with a vault that remembers."""
        ports = self._site.open(spec)
        return replace(ports, vault=RememberingVault(ports.vault))

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the site's bundle."""
        return self._site.bundle(spec)


def _silent(text: str) -> None:
    del text


def open_site(
    config: SiteConfig, given: Mapping[str, str] | None = None, warn: Warn = _silent
) -> Site:
    """Return the site that a configuration describes.

    `given` are secrets by their names in the vault, which count before what a real site's vault
    holds, as long as this process lives; a simulated site has its own. Raises BadInput for a fault
    that is none.
    """
    # Imported here: whoever only reads a configuration needs no site.
    if config.kind is SiteKind.SIMULATED:
        from bedplate.simulation import SimulatedSite

        return _Discreet(
            SimulatedSite(
                config.state,
                name=config.name,
                pace=config.pace,
                faults=config.faults,
                backups=config.backups,
            )
        )
    from bedplate.sites.live import LiveSite

    return _Discreet(LiveSite(config, given or {}, warn))


def keep_secrets(config: SiteConfig, given: Mapping[str, str]) -> None:
    """Keep secrets in a real site's vault, so that a resume elsewhere has them too.

    A simulated site has its own; what is kept already is not written again.
    """
    if config.kind is SiteKind.SIMULATED:
        return
    from bedplate.sites.live import vault_of

    vault = vault_of(config)
    for name, text in given.items():
        if vault.get(name) != text:
            vault.put(name, text)


@contextlib.contextmanager
def open_scene(
    config: SiteConfig,
    spec: ClusterSpec,
    given: Mapping[str, str] | None = None,
    warn: Warn = _silent,
) -> Iterator[Scene]:
    """Yield what preflight looks at; sessions on a vCenter end with the block.

    Opens no run and takes no lease.
    """
    from bedplate.adapters.vsphere import close_all
    from bedplate.phases.preflight import scene_of

    site = open_site(config, given, warn)
    try:
        yield scene_of(spec, site.bundle(spec), site.open(spec))
    finally:
        close_all()
