"""Git repositories as a world keeps them: the files of each branch, and its commits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bedplate.simulation import apis
from bedplate.simulation.store import Tx


def files_below(tx: Tx, repository: str, branch: str, folder: str) -> Mapping[str, str]:
    """Return the files below a folder, by path."""
    prefix = "/".join(part for part in folder.split("/") if part not in ("", "."))
    rows = tx.all(
        "SELECT path, content FROM git_files WHERE repository = ? AND branch = ?"
        " AND (? = '' OR (path > ? AND path < ?)) ORDER BY path",
        repository,
        branch,
        prefix,
        f"{prefix}/",
        f"{prefix}0",
    )
    return dict(rows)


def head_of(tx: Tx, repository: str, branch: str) -> str | None:
    """Return the newest commit of a branch, or None."""
    row = tx.one(
        "SELECT id FROM git_commits WHERE repository = ? AND branch = ?"
        " ORDER BY number DESC LIMIT 1",
        repository,
        branch,
    )
    return None if row is None else str(row[0])


def push(
    tx: Tx, repository: str, branch: str, files: Mapping[str, str | None], message: str
) -> str:
    """Commit what differs and return the commit; the head where nothing does."""
    head = head_of(tx, repository, branch)
    changes = {
        path: text for path, text in files.items() if _write(tx, repository, branch, path, text)
    }
    if not changes and head is not None:
        return head
    commit = _commit_id(head, changes, message)
    tx.run(
        "INSERT INTO git_commits (repository, branch, id, message, at) VALUES (?, ?, ?, ?, ?)",
        repository,
        branch,
        commit,
        message,
        tx.now,
    )
    _wake_readers(tx)
    return commit


def _write(tx: Tx, repository: str, branch: str, path: str, text: str | None) -> bool:
    """Write or remove a file; returns whether that changed anything."""
    if text is None:
        sql = "DELETE FROM git_files WHERE repository = ? AND branch = ? AND path = ?"
        return tx.run(sql, repository, branch, path) > 0
    changed = tx.run(
        "INSERT INTO git_files VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET content = excluded.content WHERE content != excluded.content",
        repository,
        branch,
        path,
        text,
    )
    return changed > 0


def _commit_id(parent: str | None, changes: Mapping[str, str | None], message: str) -> str:
    said = json.dumps([parent, sorted(changes.items(), key=lambda change: change[0]), message])
    return hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()


def _wake_readers(tx: Tx) -> None:
    for (api,) in tx.all("SELECT DISTINCT api FROM objects WHERE kind = 'GitRepository'"):
        apis.wake(tx, api)
