"""Backups in a folder of the site; etcd's contents come from where etcd runs."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bedplate.adapters.files import FolderFiles, explained, make_private
from bedplate.ports.backups import Backup

CHUNK = 1 << 20

Snapshot = Callable[[Path], None]
"""Writes a checked snapshot of etcd to a file that is there and empty."""


class FolderBackups:
    """One cluster's backups, below a folder that only its owner may enter."""

    def __init__(self, root: Path, snapshot: Snapshot) -> None:
        self._root = root
        self._files = FolderFiles(root)
        self._snapshot = snapshot

    def save_etcd(self, name: str) -> None:
        """Write beside the file, then rename: there is a whole snapshot or none."""
        file = Path(self._files.path(name))
        with explained(file):
            make_private(self._root, file.parent)
            handle, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
            os.close(handle)
            try:
                self._snapshot(Path(made))
                Path(made).replace(file)
            finally:
                Path(made).unlink(missing_ok=True)

    def keep(self, name: str, text: str) -> None:
        """Keep a text, readable by its owner only."""
        file = Path(self._files.path(name))
        with explained(file):
            make_private(self._root, file.parent)
        self._files.write(name, text, private=True)

    def kept(self) -> Sequence[str]:
        """Return the names of the folders."""
        return folders(self._root)

    def read(self, name: str) -> str | None:
        """Return the text, or None."""
        return self._files.read(name)

    def look(self, name: str) -> Backup | None:
        """Return what is there; a large file is read in parts."""
        file = Path(self._files.path(name))
        with explained(file):
            if not file.is_file():
                return None
            digest = hashlib.sha256()
            with file.open("rb") as stream:
                while part := stream.read(CHUNK):
                    digest.update(part)
            return Backup(str(file), file.stat().st_size, digest.hexdigest())


def folders(root: Path) -> Sequence[str]:
    """Return the names of the folders in one, sorted; none where there is no such folder."""
    with explained(root):
        if not root.is_dir():
            return ()
        return sorted(one.name for one in root.iterdir() if one.is_dir())
