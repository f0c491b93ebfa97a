"""Looks at clusters that a journal knows, with ports that refuse every effect.

No lease is taken, no run begun, no journal line written. The one thing that is fetched is a
kubeconfig that was written anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bedplate.adapters.redaction import KNOWN
from bedplate.adapters.runner import is_alive
from bedplate.certificates import Certificates, look_at_certificates
from bedplate.drift.basis import Basis, basis_of
from bedplate.drift.finding import Comparison, Drift, Unseen
from bedplate.drift.looking import examine
from bedplate.engine.effects import Ledger, guarded
from bedplate.engine.history import MANY, life_of
from bedplate.engine.journal import Journal, Lease, Writer
from bedplate.errors import BadInput, BedplateError, Owner
from bedplate.phases.kubeconfig import fetch_newer_kubeconfig
from bedplate.phases.restoration.listing import list_backups
from bedplate.phases.restoration.standing import BackupStanding
from bedplate.ports.tools import Tools
from bedplate.sites import Site

NO_TOKEN = 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """One cluster at its site, as its journal knows it."""

    site: Site
    journal: Journal
    basis: Basis

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.basis.spec.name

    def tools(self) -> Tools:
        """Return what a phase works with; raises what opening the site raises.

        The ledger is never opened, so every effect is refused before it is journalled.
        """
        spec = self.basis.spec
        ledger = Ledger(self.journal, Writer(spec.name, self.basis.run.id, NO_TOKEN), "")
        ports = guarded(self.site.open(spec), ledger)
        return Tools(spec, self.site.bundle(spec), ports, ledger, _say_nothing)

    def fetching(self, tools: Tools) -> Tools:
        """Return tools whose vault and files may be written: they are ours, not the cluster's."""
        own = self.site.open(self.basis.spec)
        return replace(tools, ports=replace(tools.ports, vault=own.vault, files=own.files))

    def holder(self) -> Lease | None:
        """Return the lease of whoever operates on the cluster right now, or None."""
        lease = self.journal.lease(self.cluster)
        if (
            lease is None
            or lease.expires_at < self.journal.now()
            or is_alive(lease.runner) is False
        ):
            return None
        return lease


def inspect_cluster(site: Site, journal: Journal, cluster: str) -> Inspection:
    """Return a cluster as a journal knows it; raises BadInput CLUSTER_UNKNOWN."""
    basis = basis_of(tuple(run for run in life_of(journal, cluster) if run.site == site.name))
    if basis is None:
        raise BadInput(
            "CLUSTER_UNKNOWN",
            f"no run made a cluster {cluster!r} at site {site.name!r} that still is",
            why="what it should be is not known here",
            remedy="bedplate runs lists what was made; bedplate adopt takes over what was not",
            owner=Owner.PLATFORM,
        )
    return Inspection(site, journal, basis)


def living_clusters(journal: Journal, site: str) -> Iterator[str]:
    """Yield the clusters of a site that a journal knows and that no delete has ended, by name."""
    for name in sorted({run.cluster for run in journal.runs(limit=MANY)}):
        newest = next(life_of(journal, name), None)
        if newest is not None and newest.site == site:
            yield name


def drift_of(inspection: Inspection) -> Comparison:
    """Compare a cluster with what was asked for; never raises for what the world is like.

    One that somebody operates on right now is not compared: it differs because it is being changed.
    """
    lease, basis = inspection.holder(), inspection.basis
    empty = Comparison(inspection.cluster, inspection.site.name, basis.told)
    if lease is not None:
        return replace(empty, unseen=(_busy(lease),))
    try:
        found = examine(inspection.tools(), basis, inspection.site.name)
    except BedplateError as error:
        seen = KNOWN.redact(error.seen)
        return replace(empty, unseen=(Unseen("everything", error.code, seen, error.remedy),))
    return replace(
        found,
        drifts=tuple(map(_redacted, found.drifts)),
        unseen=tuple(replace(one, seen=KNOWN.redact(one.seen)) for one in found.unseen),
    )


def certificates_of(inspection: Inspection) -> Certificates:
    """Look at a cluster's certificates; raises what opening the site raises.

    Before that the vault gets the kubeconfig that Cluster API wrote anew, if there is one: later
    the old one lets nobody in to fetch it. While somebody operates on the cluster it is theirs.
    """
    tools = inspection.tools()
    if inspection.holder() is None:
        with contextlib.suppress(BedplateError):  # what cannot be asked is told by the look
            fetch_newer_kubeconfig(inspection.fetching(tools))
    return look_at_certificates(tools, inspection.site.name)


def backups_of(inspection: Inspection) -> BackupStanding:
    """Look at a cluster's backups, every file's digest computed anew.

    Raises what opening the site raises; a folder that cannot be read is told as unseen.
    """
    ports = inspection.tools().ports
    cluster, now = inspection.cluster, ports.clock.now()
    try:
        return BackupStanding(cluster, now, list_backups(ports.backups))
    except BedplateError as error:
        unseen = Unseen("backups", error.code, error.seen, error.remedy)
        return BackupStanding(cluster, now, (), (unseen,))


def _busy(lease: Lease) -> Unseen:
    return Unseen(
        "everything",
        "CLUSTER_BUSY",
        f"{lease.runner} works on it: run {lease.run_id}, {lease.operation}",
        f"compare again when it has ended: bedplate show {lease.run_id}",
        failed=False,
    )


def _redacted(drift: Drift) -> Drift:
    return replace(drift, seen=KNOWN.redact(drift.seen))


def _say_nothing(text: str) -> None:
    """A look has nothing to tell."""
