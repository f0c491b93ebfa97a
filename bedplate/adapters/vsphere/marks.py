"""The keys of open sessions, kept so that the next process can end what a killed one left.

A key is no secret: it names a session in the list of sessions, and lets nobody in.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from bedplate.adapters.files import FolderFiles
from bedplate.adapters.runner import is_alive, this_runner
from bedplate.engine.journal import Runner

FOLDER = "vcenter-sessions"


class Marks:
    """The sessions of one user on one vCenter that processes with this state folder opened."""

    def __init__(self, state: Path | None, server: str, user: str) -> None:
        self._folder = state / FOLDER if state is not None else None
        self._name = hashlib.sha256(f"{server}\n{user}".encode()).hexdigest()[:16]

    def set(self, key: str) -> None:
        """Note the session that this process has just opened."""
        if self._folder is not None:
            runner = this_runner()
            text = json.dumps({"key": key, "runner": asdict(runner)})
            FolderFiles(self._folder).write(self._of(key), text, private=True)

    def clear(self, key: str) -> None:
        """Forget a session: it is logged out, or vCenter has ended it."""
        self.drop(self._of(key))

    def left(self) -> dict[str, str]:
        """Return the keys that processes left that live no more, by the mark that holds each."""
        if self._folder is None:
            return {}
        files = FolderFiles(self._folder)
        found = {}
        for path in sorted(self._folder.glob(f"{self._name}-*.json")):
            mark = _read(files.read(path.name))
            if mark is not None and is_alive(mark[1]) is False:
                found[path.name] = mark[0]
        return found

    def drop(self, name: str) -> None:
        """Forget a mark: its session is ended, or nothing can end it."""
        if self._folder is not None:
            FolderFiles(self._folder).remove(name)

    def _of(self, key: str) -> str:
        return f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.json"


def _read(text: str | None) -> tuple[str, Runner] | None:
    """Return the key and its process; None for a mark that another version or a crash left."""
    try:
        found = json.loads(text or "")
        return str(found["key"]), Runner(**found["runner"])
    except (ValueError, TypeError, KeyError):
        return None
