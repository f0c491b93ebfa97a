"""Sites: where operations work, and what preflight alone may look at.

The built-in site is simulated. A vCenter outside can be looked at already, before everything else
that a create needs is there.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bedplate.adapters.redaction import RememberingVault
from bedplate.errors import BadInput, Owner

if TYPE_CHECKING:
    from bedplate.bundles import ChosenBundle
    from bedplate.checks import Scene
    from bedplate.ports.tools import Ports
    from bedplate.simulation import Fault, World
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

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the verified bundle with the Kubernetes versions of a specification.

        Raises what `bundles` raises: BUNDLE_… errors, NET_UNREACHABLE.
        """
        ...


class SiteKind(enum.StrEnum):
    """What a site is made of."""

    SIMULATED = "simulated"
    VSPHERE = "vsphere"
    """A vCenter outside and this machine; for preflight alone."""


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

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the site's bundle."""
        return self._site.bundle(spec)


def open_site(config: SiteConfig) -> Site:
    """Return the site that a configuration describes.

    Raises BadInput for a fault that is none, and SITE_LOOKS_ONLY where nothing can be made.
    """
    if config.kind is not SiteKind.SIMULATED:
        raise BadInput(
            "SITE_LOOKS_ONLY",
            f"site {config.name!r} is of kind {config.kind}, where preflight can look but clusters"
            " cannot be made yet",
            why="a create also needs KinD, Kubernetes and Git, which only simulated sites have",
            remedy=f"bedplate preflight -f FILE --site {config.name}",
            owner=Owner.PLATFORM,
        )
    # Imported here: whoever only reads a configuration needs no site.
    from bedplate.simulation import SimulatedSite

    return _Discreet(
        SimulatedSite(config.state, name=config.name, pace=config.pace, faults=config.faults)
    )


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


# -- looking, before anything is made ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outside:
    """What a look outside simulated sites needs: the bundle, and secrets by their vault names."""

    bundle: ChosenBundle
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@contextlib.contextmanager
def open_scene(
    config: SiteConfig, spec: ClusterSpec, outside: Outside | None = None
) -> Iterator[Scene]:
    """Yield what preflight looks at; sessions on a vCenter end with the block.

    Opens no run and takes no lease. `outside` is needed where the site is not simulated.
    """
    if config.kind is SiteKind.SIMULATED or outside is None:
        from bedplate.phases.preflight import scene_of

        site = open_site(config)
        yield scene_of(spec, site.bundle(spec), site.open(spec))
    else:
        from bedplate.adapters.vsphere import close_all

        try:
            yield _outside(config, spec, outside)
        finally:
            close_all()


def _outside(config: SiteConfig, spec: ClusterSpec, outside: Outside) -> Scene:
    from bedplate.adapters.clock import SystemClock
    from bedplate.adapters.docker_host import DockerEngine
    from bedplate.adapters.network import SystemNetwork
    from bedplate.adapters.vsphere import Access, LiveVCenter
    from bedplate.checks import Scene
    from bedplate.providers.vsphere.reading import datacenter_of

    settings, vault = datacenter_of(spec).spec, RememberingVault(_Given(outside.secrets))
    access = Access(
        settings.server,
        thumbprint=settings.thumbprint,
        insecure=settings.insecure,
        datacenter=settings.datacenter,
        state=config.state,
    )
    return Scene(
        spec=spec,
        bundle=outside.bundle,
        clock=SystemClock(),
        network=SystemNetwork(),
        host=DockerEngine(),
        vcenter=LiveVCenter(access, vault),
        vault=vault,
    )


class _Given:
    """A vault of what was given; it forgets what is put there with the process."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def get(self, name: str) -> str | None:
        return self._secrets.get(name)

    def put(self, name: str, text: str) -> None:
        self._secrets[name] = text

    def delete(self, name: str) -> None:
        self._secrets.pop(name, None)
