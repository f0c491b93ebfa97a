"""What a site is, and how one is described: references and plain values, never a credential."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bedplate.sites.choice import BundleChoice

if TYPE_CHECKING:
    from bedplate.bundles import ChosenBundle
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

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the verified bundle with the Kubernetes versions of a specification.

        Raises what `bundles` raises: BUNDLE_… errors, NET_UNREACHABLE.
        """
        ...


class SiteKind(enum.StrEnum):
    """What a site is made of."""

    SIMULATED = "simulated"
    VSPHERE = "vsphere"
    """Real parts: a Docker engine for the bootstrap cluster, and the specification's vCenter."""


@dataclass(frozen=True, slots=True)
class Docker:
    """The Docker engine of bootstrap clusters.

    `host` is its address, `unix:///…` or `tcp://…`. `network` is the engine's network that KinD's
    nodes join, KinD's own where it is empty.
    """

    host: str = "unix:///var/run/docker.sock"
    network: str = ""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that a site runs: names to be found in the PATH, or whole paths.

    `etcdutl` is the path of a static program for the machines of clusters, where their own image of
    etcd has none; it is needed for a restore only.
    """

    kind: str = "kind"
    helm: str = "helm"
    ssh: str = "ssh"
    etcdutl: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """What a site of real parts consists of, next to the vCenter that each specification names."""

    docker: Docker = Docker()
    bundle: BundleChoice = BundleChoice()
    programs: Programs = Programs()


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """A site as configured: references and plain values, never a credential.

    `state` is the folder of its files, `journal` the journal's database URL, `backups` where every
    cluster's backups are: somewhere else than what they are to save. Of simulated sites,
    `pace` is the real seconds that one simulated second takes, and each of `faults` happens once in
    the site's life; `live` is of the others.
    """

    name: str
    state: Path
    journal: str
    kind: SiteKind = SiteKind.SIMULATED
    pace: float = 0.0
    faults: tuple[str, ...] = field(default=())
    live: Live = Live()
    backups: Path | None = None

    def backups_of(self, cluster: str) -> Path:
        """Return the folder of a cluster's backups; below the site's own where none is named."""
        return (self.backups or self.state / "backups") / cluster
