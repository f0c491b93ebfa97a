"""Backups of a simulated cluster: what its API server stores, written beside the world."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from bedplate.adapters.backups import folders
from bedplate.adapters.files import FolderFiles
from bedplate.errors import Owner, TemporaryError
from bedplate.ports.backups import Backup
from bedplate.ports.kube import Reach
from bedplate.simulation import apis
from bedplate.simulation.world import World

FORMAT = "bedplate-simulated-etcd/1"


class SimulatedBackups:
    """The backups of one cluster of a simulated world."""

    def __init__(self, world: World, cluster: str, folder: Path) -> None:
        self._world = world
        self._cluster = cluster
        self._folder = folder
        self._files = FolderFiles(folder)

    def save_etcd(self, name: str) -> None:
        """Keep everything that the cluster's API server stores, in a stable order."""
        self._files.write(name, json.dumps(self._contents(), sort_keys=True), private=True)

    def keep(self, name: str, text: str) -> None:
        """Keep a text, readable by its owner only."""
        self._files.write(name, text, private=True)

    def kept(self) -> Sequence[str]:
        """Return the names of the backups."""
        return folders(self._folder)

    def read(self, name: str) -> str | None:
        """Return the text, or None."""
        return self._files.read(name)

    def look(self, name: str) -> Backup | None:
        """Return what is kept under a name, or None."""
        text = self._files.read(name)
        if text is None:
            return None
        content = text.encode()
        return Backup(self._files.path(name), len(content), hashlib.sha256(content).hexdigest())

    def _contents(self) -> dict[str, object]:
        api = apis.of_cluster(self._cluster)
        with self._world.snapshot() as tx:
            if apis.reach(tx, api) is not Reach.ANSWERS:
                raise TemporaryError(
                    "ETCD_UNREACHABLE",
                    f"etcd of {self._cluster} does not answer",
                    why="nothing of it can be saved meanwhile",
                    remedy="see whether its machines run, then resume",
                    owner=Owner.PLATFORM,
                )
            objects = tx.all(
                "SELECT grp, kind, ns, name, data FROM objects WHERE api = ?"
                " ORDER BY grp, kind, ns, name",
                api,
            )
            definitions = tx.all(
                "SELECT grp, kind, namespaced, status, versions, crd FROM definitions"
                " WHERE api = ? ORDER BY grp, kind",
                api,
            )
        return {
            "format": FORMAT,
            "cluster": self._cluster,
            "objects": [
                [group, kind, namespace, name, json.loads(data)]
                for group, kind, namespace, name, data in objects
            ],
            "definitions": [list(row) for row in definitions],
        }
