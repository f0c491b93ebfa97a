"""The backups of a cluster as they are kept, for people to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.capi.backup import CLUSTER_API, ETCD, MANIFEST, SPEC, decode
from bedplate.ports.backups import Backup, Backups


@dataclass(frozen=True, slots=True)
class ListedBackup:
    """One backup; `taken_at` is None where it has no manifest.

    `damage` says why it cannot be put back as it is, empty where nothing speaks against it.
    """

    name: str
    taken_at: float | None
    kubernetes: str
    size: int
    where: str
    damage: str = ""


def list_backups(backups: Backups) -> tuple[ListedBackup, ...]:
    """Return every backup, the newest first; those without a time come last. Reads every file."""
    found = [_listed(backups, name) for name in backups.kept()]
    return tuple(sorted(found, key=lambda one: (-(one.taken_at or 0.0), one.name)))


def _listed(backups: Backups, name: str) -> ListedBackup:
    text = backups.read(f"{name}/{MANIFEST}")
    manifest = decode(text) if text is not None else None
    digests = manifest.files if manifest is not None else {}
    wanted = dict.fromkeys((*digests, ETCD, CLUSTER_API, SPEC))
    files = {file: backups.look(f"{name}/{file}") for file in wanted}
    there = [one for one in files.values() if one is not None]
    return ListedBackup(
        name=name,
        taken_at=manifest.at if manifest is not None else None,
        kubernetes=manifest.kubernetes if manifest is not None else "",
        size=sum(one.size for one in there),
        where=there[0].where.rpartition("/")[0] if there else "",
        damage=_damage(files, digests),
    )


def _damage(files: Mapping[str, Backup | None], digests: Mapping[str, str]) -> str:
    if files[ETCD] is None:
        return "it has no snapshot of etcd"
    for file, digest in digests.items():
        found = files[file]
        if found is None or found.sha256 != digest:
            return f"{file} is not there as it was kept"
    return "" if digests else f"it has no {MANIFEST}: only the journal of its run proves it"
