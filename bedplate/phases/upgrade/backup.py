"""Backup: etcd, the Cluster API objects and the specification, as they are now."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects
from bedplate.capi.backup import (
    CLUSTER_API,
    ETCD,
    MANIFEST,
    SPEC,
    BackupManifest,
    authority_of,
    encode,
)
from bedplate.capi.cluster import ref_of
from bedplate.capi.discover import discover
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Given
from bedplate.facts import BACKUP
from bedplate.phases.upgrade.running import running_spec
from bedplate.ports.backups import Backups
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

SKIP_ETCD = "etcd-snapshot"
"""The validation by whose name a person goes on without a snapshot."""

NAME, DIGESTS = "name", "digests"


class KeepBackup(Phase[facts.Backup]):
    """Keep a snapshot of etcd and what belongs to it where the site keeps backups.

    A backup is of one run: its name is chosen first, its digests are journalled and compared with
    what is there whenever somebody looks.
    """

    title = "Backing up the cluster"
    gives = BACKUP
    patience = Patience(deadline=1800, attempts=3)

    def __init__(self, side: Side, occasion: str = "upgrade") -> None:
        self._side = side
        self._occasion = occasion

    def check(self, given: Given, tools: Tools) -> facts.Backup | None:
        """This run has one, and it is what was kept."""
        noted = _noted(tools)
        if not noted or _damaged(tools.ports.backups, noted):
            return None
        return facts.Backup(name=_name(tools), files=noted)

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Take the snapshot first; the objects beside it may be newer, never older."""
        name = tools.notes.choose(NAME, lambda: f"{self._occasion}-{uuid.uuid4().hex[:12]}")
        kube, backups = tools.kube(self._side), tools.ports.backups
        files = (CLUSTER_API, SPEC) if SKIP_ETCD in tools.skipped else (ETCD, CLUSTER_API, SPEC)
        if ETCD in files:
            backups.save_etcd(f"{name}/{ETCD}")
        else:
            tools.say("⚠ no snapshot of etcd is taken, as asked for")
        found = [dict(obj) for obj in discover(kube, tools.spec.name)]
        backups.keep(f"{name}/{CLUSTER_API}", json.dumps(found, sort_keys=True))
        backups.keep(f"{name}/{SPEC}", running_spec(kube, tools.spec).dump())
        digests = {file: _digest(backups, f"{name}/{file}") for file in files}
        backups.keep(f"{name}/{MANIFEST}", encode(self._manifest(tools, digests)))
        digests[MANIFEST] = _digest(backups, f"{name}/{MANIFEST}")
        tools.notes.note(DIGESTS, {f"{name}/{file}": digest for file, digest in digests.items()})
        tools.say(f"Kept as backup {name}")
        return None

    def _manifest(self, tools: Tools, digests: Mapping[str, str]) -> BackupManifest:
        kube, cluster = tools.kube(self._side), tools.spec.name
        plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, cluster))
        kubeconfig = tools.ports.vault.get(names.vault_kubeconfig(cluster)) or ""
        return BackupManifest(
            cluster=cluster,
            at=tools.ports.clock.now(),
            kubernetes=objects.text(plane, "spec", "version") if plane is not None else "",
            authority=authority_of(kubeconfig),
            files=dict(digests),
        )

    def verify(self, given: Given, tools: Tools) -> facts.Backup | Waiting:
        """Return the files; raises PermanentError BACKUP_DAMAGED where one is not what was kept."""
        noted = _noted(tools)
        if damaged := _damaged(tools.ports.backups, noted):
            raise _unusable(damaged)
        return facts.Backup(name=_name(tools), files=noted)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: a backup that was taken stays."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Only the name: what is backed up is what is there."""
        return spec.name


def cluster_answers(tools: Tools, side: Side) -> bool:
    """Say whether the API server that has the cluster's objects answers."""
    return tools.kube(side).reach() is Reach.ANSWERS


def _name(tools: Tools) -> str:
    return objects.text({NAME: tools.notes.find(NAME)}, NAME)


def _noted(tools: Tools) -> dict[str, str]:
    found = tools.notes.find(DIGESTS)
    return dict(objects.texts_by_key(found)) if isinstance(found, Mapping) else {}


def _digest(backups: Backups, name: str) -> str:
    found = backups.look(name)
    if found is None or not found.size:
        raise _unusable(name)
    return found.sha256


def _damaged(backups: Backups, noted: Mapping[str, str]) -> str:
    """Return the first file that is not what was kept, or ""."""
    for name, digest in noted.items():
        found = backups.look(name)
        if found is None or found.sha256 != digest:
            return name
    return ""


def _unusable(name: str) -> PermanentError:
    return PermanentError(
        "BACKUP_DAMAGED",
        f"the backup's file {name} is not there as it was kept",
        why="nothing is changed without a backup that can be restored",
        remedy="see what happens to files where this site keeps backups, then resume: a new one"
        " is taken",
        owner=Owner.PLATFORM,
    )
