"""A backup as it is kept: whole, of this cluster, and how old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.bundles.semver import parse
from bedplate.capi import objects
from bedplate.capi.backup import ETCD, MANIFEST, SPEC, BackupManifest, decode
from bedplate.errors import BadInput, Owner, PermanentError, Refused
from bedplate.phases.upgrade.backup import DIGESTS
from bedplate.ports.backups import Backup
from bedplate.ports.tools import Tools
from bedplate.spec import load_text

STEP = "backup"


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup that is whole; of one without a manifest some things are not known (None, "").

    `kubernetes` is a whole version, or only a minor one (`1.34`).
    """

    name: str
    etcd: Backup
    kubernetes: str
    authority: str
    taken_at: float | None


def read_backup(tools: Tools, name: str) -> KeptBackup:
    """Return a backup once it is proven; raises BACKUP_UNKNOWN, BACKUP_OTHER, BACKUP_DAMAGED.

    What was kept is known from the manifest beside it and from the journal; one of them is enough,
    and where there are both they say the same.
    """
    require_known(tools, name)
    manifest = _manifest(tools, name)
    if manifest is not None and manifest.cluster != tools.spec.name:
        raise _other(tools, name, f"it is of {manifest.cluster}")
    journalled = _journalled(tools, name)
    if manifest is None and not journalled:
        raise _damaged(f"{name}/{MANIFEST}", "it is no manifest, and no journal knows the digests")
    found = _require_whole(tools, name, manifest, journalled)
    if manifest is None:
        return KeptBackup(name, found, _minor_of(tools, name), "", None)
    return KeptBackup(name, found, manifest.kubernetes, manifest.authority, manifest.at)


def require_known(tools: Tools, name: str) -> None:
    """Raise BadInput BACKUP_UNKNOWN where there is no such backup."""
    known = tools.ports.backups.kept()
    if name not in known:
        raise BadInput(
            "BACKUP_UNKNOWN",
            f"there is no backup {name!r} of {tools.spec.name}"
            if name
            else f"no backup of {tools.spec.name} was named",
            why=f"there are {', '.join(known) or 'none'}",
            remedy=f"bedplate backup list {tools.spec.name}",
            owner=Owner.PLATFORM,
        )


def require_same_backup(tools: Tools, begun: str) -> None:
    """Raise Refused BACKUP_CHANGED where a restore that has begun is asked for another backup."""
    if tools.backup not in ("", begun):
        raise Refused(
            "BACKUP_CHANGED",
            f"a restore of {tools.spec.name} is under way, with backup {begun}, not {tools.backup}",
            why="half of one and half of the other would be no cluster",
            remedy=f"bedplate resume {tools.spec.name}, and then restore {tools.backup}",
            owner=Owner.PLATFORM,
        )


def same_version(kept: str, running: str) -> bool:
    """Say whether a control plane's version is the one that a backup is of; a minor one is enough.

    The version of a backup without a manifest is known from its specification, which says no more.
    """
    one, other = parse(kept), parse(running)
    if one is not None and other is not None:
        return one.core == other.core
    return other is not None and kept == f"{other.core[0]}.{other.core[1]}"


def _manifest(tools: Tools, name: str) -> BackupManifest | None:
    text = tools.ports.backups.read(f"{name}/{MANIFEST}")
    return decode(text) if text is not None else None


def _journalled(tools: Tools, name: str) -> Mapping[str, str]:
    """Return the digests that runs of this cluster's present life noted, by the files' names."""
    found: dict[str, str] = {}
    for noted in reversed(tools.notes.earlier(STEP, DIGESTS)):
        if isinstance(noted, Mapping):
            found.update(objects.texts_by_key(noted))
    prefix = f"{name}/"
    return {key[len(prefix) :]: one for key, one in found.items() if key.startswith(prefix)}


def _require_whole(
    tools: Tools, name: str, manifest: BackupManifest | None, journalled: Mapping[str, str]
) -> Backup:
    """Return the snapshot; raises where a file is not what both records say."""
    records = [manifest.files if manifest is not None else {}, journalled]
    for file in sorted({file for record in records for file in record}):
        found = tools.ports.backups.look(f"{name}/{file}")
        wanted = {record[file] for record in records if file in record}
        if found is None or wanted != {found.sha256}:
            raise _damaged(f"{name}/{file}", "it is not there as it was kept")
    etcd = tools.ports.backups.look(f"{name}/{ETCD}")
    if etcd is None or not any(ETCD in record for record in records):
        raise _damaged(f"{name}/{ETCD}", "the backup was taken without a snapshot of etcd")
    return etcd


def _minor_of(tools: Tools, name: str) -> str:
    text = tools.ports.backups.read(f"{name}/{SPEC}")
    return load_text(text, f"{name}/{SPEC}").kubernetes_version if text else ""


def _damaged(file: str, seen: str) -> PermanentError:
    return PermanentError(
        "BACKUP_DAMAGED",
        f"the backup's file {file} cannot be put back: {seen}",
        why="a cluster gets back what was kept, or nothing",
        remedy="choose another backup, or bring the file back as it was, then resume",
        owner=Owner.PLATFORM,
    )


def _other(tools: Tools, name: str, seen: str) -> Refused:
    return Refused(
        "BACKUP_OTHER",
        f"backup {name} is not of this {tools.spec.name}: {seen}",
        why="with the data of another cluster no machine and no certificate would fit",
        remedy=f"choose one of this cluster: bedplate backup list {tools.spec.name}",
        owner=Owner.PLATFORM,
    )


def require_same_authority(tools: Tools, backup: KeptBackup, authority: str) -> None:
    """Raise Refused BACKUP_OTHER where a machine trusts another authority than the backup's."""
    if backup.authority and backup.authority != authority:
        raise _other(tools, backup.name, "its certificate authority is another one")
