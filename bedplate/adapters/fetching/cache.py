"""Files kept by their digest, and which digest an address last had."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

SHA256 = "sha256"
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of what an address had at a time."""

    content: bytes
    at: datetime


class Cache:
    """A folder: `blobs/ALGORITHM/DIGEST`, and `names/` with the last digest of each address.

    A file is there whole or not at all, and is read only where its digest still fits.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, uri: str, content: bytes) -> None:
        """Keep what an address has now; raises OSError."""
        digest = hashlib.sha256(content).hexdigest()
        with self.writing(self.blob(SHA256, digest)) as file:
            file.write(content)
        note = {"uri": uri, "digest": digest, "at": datetime.now(UTC).isoformat()}
        with self.writing(self._name(uri)) as file:
            file.write(json.dumps(note).encode())

    def last(self, uri: str) -> Kept | None:
        """Return what an address last had; None where nothing is kept, or no longer whole."""
        try:
            note = json.loads(self._name(uri).read_bytes())
            digest, at = str(note["digest"]), datetime.fromisoformat(str(note["at"]))
            content = self.blob(SHA256, digest).read_bytes()
        except (OSError, ValueError, KeyError, TypeError):
            return None
        is_whole = hashlib.sha256(content).hexdigest() == digest
        return Kept(content, at) if is_whole else None

    def blob(self, algorithm: str, digest: str) -> Path:
        """Return where the file of a digest is or would be; a digest is hexadecimal."""
        return self._root / "blobs" / algorithm / bytes.fromhex(digest).hex()

    @contextlib.contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """Write a file that is there once the block ends well, and never in part."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            part = Path(file.name)
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def _name(self, uri: str) -> Path:
        return self._root / "names" / f"{hashlib.sha256(uri.encode()).hexdigest()}.json"
