"""What a support bundle is made from: a cluster's runs, its site, and what takes secrets out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bedplate.capi import names
from bedplate.capi.restore import vault_copy
from bedplate.engine.change import recorded_spec
from bedplate.engine.history import MANY
from bedplate.engine.journal import Journal, Run
from bedplate.errors import BadInput, Owner
from bedplate.ports.kube import Kube, Side
from bedplate.ports.tools import Ports
from bedplate.providers.keys import vault_name as key_name
from bedplate.sites import Site
from bedplate.spec import ClusterSpec
from bedplate.support.redaction import Redactor

SITE_SECRETS = (
    "vcenter/username",
    "vcenter/password",
    "vcenter/cloud-provider/username",
    "vcenter/cloud-provider/password",
    "registry/username",
    "registry/password",
    "git/private-key",
    "git/known-hosts",
)


@dataclass(frozen=True, eq=False)
class Source:
    """One cluster, with all of its runs (newest first), also those of earlier lives.

    `extra` are more files for the bundle, by their names in it: logs that a door keeps.
    """

    site: Site
    journal: Journal
    runs: tuple[Run, ...]
    extra: Mapping[str, Path] = field(default_factory=dict)
    redactor: Redactor = field(default_factory=Redactor)

    @property
    def newest(self) -> Run:
        """The newest run."""
        return self.runs[0]

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.newest.cluster

    @cached_property
    def spec(self) -> ClusterSpec:
        """The specification of the newest run."""
        return recorded_spec(self.newest)

    @cached_property
    def ports(self) -> Ports:
        """The outside world; only read from."""
        return self.site.open(self.spec)

    def sides(self) -> Iterator[tuple[Side, Kube]]:
        """Yield the API servers of the cluster."""
        yield from self.ports.kube.items()

    def remember_vault(self) -> None:
        """Let the redactor know every secret that the vault may hold for this cluster."""
        own = (
            names.vault_kubeconfig(self.cluster),
            key_name(self.cluster),
            vault_copy(self.cluster),
        )
        for name in (*SITE_SECRETS, *own):
            text = self.ports.vault.get(name)
            if text is not None and not name.endswith("/username"):
                self.redactor.remember(text)
        self.redactor.remember(self.spec.cluster.spec.license_token or "")


def source_of(
    site: Site, journal: Journal, cluster: str, extra: Mapping[str, Path] | None = None
) -> Source:
    """Return what is known of a cluster, alive or deleted; raises BadInput CLUSTER_UNKNOWN."""
    runs = [run for run in journal.runs(cluster, limit=MANY) if run.site == site.name]
    if not runs:
        raise BadInput(
            "CLUSTER_UNKNOWN",
            f"no run of a cluster {cluster!r} at site {site.name!r} is recorded",
            why="there is nothing to collect",
            remedy="bedplate runs lists what was made",
            owner=Owner.PLATFORM,
        )
    return Source(site, journal, tuple(runs), extra or {})
