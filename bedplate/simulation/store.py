"""The file that holds a simulated world: one SQLite database, one transaction per change.

A process may be killed at any moment: the world is then as an outside system would be, with every
change whole or not there, and the next process finds it so.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bedplate.errors import Owner, PermanentError, TemporaryError

SCHEMA_VERSION = 3
BUSY_SECONDS = 60.0

# The beginning of a simulated world's time: 2026-01-01 00:00:00 UTC. The same in every world, so
# that two runs of the same thing look the same.
EPOCH = 1_767_225_600.0

# Letters and digits that Kubernetes gives random names: none that would spell a word.
NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE apis (
  id TEXT PRIMARY KEY, cluster TEXT NOT NULL, kind_name TEXT NOT NULL DEFAULT '',
  ready_at REAL NOT NULL, stopped INTEGER NOT NULL DEFAULT 0, ca TEXT NOT NULL DEFAULT '',
  garbage INTEGER NOT NULL DEFAULT 0, due REAL) WITHOUT ROWID;
CREATE INDEX apis_due ON apis (due) WHERE due IS NOT NULL;

CREATE TABLE objects (
  id INTEGER PRIMARY KEY, api TEXT NOT NULL, grp TEXT NOT NULL, kind TEXT NOT NULL,
  ns TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL, owners TEXT NOT NULL,
  data TEXT NOT NULL);
CREATE UNIQUE INDEX objects_address ON objects (api, grp, kind, ns, name);
CREATE INDEX objects_owners ON objects (api, uid, owners);
CREATE INDEX objects_names ON objects (kind, name);

CREATE TABLE definitions (
  api TEXT, grp TEXT, kind TEXT, namespaced INTEGER, status INTEGER, versions TEXT, crd TEXT,
  PRIMARY KEY (api, grp, kind)) WITHOUT ROWID;
CREATE TABLE timers (api TEXT, name TEXT, at REAL, PRIMARY KEY (api, name)) WITHOUT ROWID;

CREATE TABLE inventory (
  path TEXT PRIMARY KEY, kind TEXT NOT NULL, details TEXT NOT NULL DEFAULT '{}',
  total REAL, used REAL NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE vms (
  uuid TEXT PRIMARY KEY, instance TEXT NOT NULL, name TEXT NOT NULL, folder TEXT NOT NULL,
  pool TEXT NOT NULL, datastore TEXT NOT NULL, cluster TEXT NOT NULL, role TEXT NOT NULL,
  ca TEXT NOT NULL, endpoint TEXT NOT NULL, addresses TEXT NOT NULL, cpus INTEGER NOT NULL,
  memory_mib INTEGER NOT NULL, disk_gib INTEGER NOT NULL, powered_on INTEGER NOT NULL,
  made_at REAL NOT NULL, cloned_at REAL NOT NULL, booted_at REAL NOT NULL, joined_at REAL,
  never_joins INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL DEFAULT '')
  WITHOUT ROWID;
CREATE INDEX vms_name ON vms (name);
CREATE INDEX vms_cluster ON vms (cluster);
CREATE INDEX vms_endpoint ON vms (endpoint);
CREATE TABLE addresses (host TEXT PRIMARY KEY, vm TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX addresses_vm ON addresses (vm);
CREATE TABLE vm_events (
  number INTEGER PRIMARY KEY, at REAL NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL,
  uuid TEXT NOT NULL, cluster TEXT NOT NULL);

CREATE TABLE git_files (
  repository TEXT, branch TEXT, path TEXT, content TEXT NOT NULL,
  PRIMARY KEY (repository, branch, path)) WITHOUT ROWID;
CREATE TABLE git_commits (
  number INTEGER PRIMARY KEY, repository TEXT NOT NULL, branch TEXT NOT NULL, id TEXT NOT NULL,
  message TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX git_heads ON git_commits (repository, branch, number);

CREATE TABLE faults (
  number INTEGER PRIMARY KEY, port TEXT NOT NULL, method TEXT NOT NULL, match TEXT NOT NULL,
  error TEXT NOT NULL, remaining INTEGER, configured TEXT UNIQUE);
"""


class Tx:
    """A transaction on a world: everything in it happens at once or not at all."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._now: float | None = None

    def run(self, sql: str, *values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return every row."""
        return self._db.execute(sql, values).fetchall()

    def number(self, sql: str, *values: object) -> float:
        """Return the first column of the first row as a number; 0 where there is none."""
        row = self.one(sql, *values)
        return 0.0 if row is None or row[0] is None else float(row[0])

    @property
    def now(self) -> float:
        """The world's time, in Unix seconds; within a transaction it stands still."""
        if self._now is None:
            self._now = self.number("SELECT value FROM meta WHERE name = 'now'")
        return self._now

    def pass_to(self, time: float) -> None:
        """Let the world's time go on to `time`; it never goes back."""
        self.run("UPDATE meta SET value = max(value, ?) WHERE name = 'now'", time)
        self._now = None

    def count(self, counter: str) -> int:
        """Return the next value of a counter, from 1."""
        row = self.one(
            "INSERT INTO meta VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1"
            " RETURNING value",
            counter,
        )
        return int(row[0]) if row else 0

    def text(self, name: str) -> str:
        """Return a text kept under a name, or ""."""
        row = self.one("SELECT value FROM meta WHERE name = ?", name)
        return str(row[0]) if row else ""

    def new_uid(self) -> str:
        """Return a uid that this world has not given yet."""
        digest = hashlib.sha256(f"{self.text('seed')}/{self.count('uid')}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def new_suffix(self, length: int = 5) -> str:
        """Return the random-looking end of a name."""
        digest = hashlib.sha256(f"{self.text('seed')}-{self.count('name')}".encode()).digest()
        return "".join(NAME_LETTERS[byte % len(NAME_LETTERS)] for byte in digest[:length])


class Store:
    """Opens transactions on one world file. Threads and processes may share the file."""

    def __init__(self, path: Path, seed: str) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.transaction() as tx:
            _prepare(tx, path, seed)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Yield a transaction that is kept unless the block raises.

        Raises TemporaryError WORLD_BUSY, PermanentError WORLD_UNUSABLE.
        """
        # SQLite lets waiting threads in by luck; the lock gives each its turn.
        with self._turn, _told_apart(self._path):
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            kept = False
            try:
                yield Tx(db)
                kept = True
            finally:
                db.execute("COMMIT" if kept else "ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        """Yield the world as it is now, for reading only: nobody is kept waiting."""
        with _told_apart(self._path):
            db = self._connection()
            db.execute("BEGIN")
            try:
                yield Tx(db)
            finally:
                db.execute("COMMIT")

    @contextmanager
    def glance(self) -> Iterator[Tx]:
        """Yield the world for a single statement, which sees one state of it by itself."""
        with _told_apart(self._path):
            yield Tx(self._connection())

    def _connection(self) -> sqlite3.Connection:
        """One connection for each thread; a forked child must not use its parent's."""
        if getattr(self._local, "pid", None) != os.getpid():
            db = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing that was committed; a simulated world need not
            # survive the loss of power.
            db.execute("PRAGMA synchronous = OFF")
            self._local.db, self._local.pid = db, os.getpid()
        connection: sqlite3.Connection = self._local.db
        return connection


@contextmanager
def _told_apart(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TemporaryError(
            "WORLD_BUSY",
            f"the simulated world {path} cannot be written: {error}",
            why="every change of the world is one transaction on this file",
            remedy="make room or wait for the process that holds it, then resume",
            owner=Owner.PLATFORM,
        ) from error
    except sqlite3.DatabaseError as error:
        raise PermanentError(
            "WORLD_UNUSABLE",
            f"the simulated world {path} cannot be read: {error}",
            why="the file is damaged or is no world",
            remedy=f"move {path} away; a new world begins empty",
            owner=Owner.PLATFORM,
        ) from error


def _prepare(tx: Tx, path: Path, seed: str) -> None:
    version = int(tx.number("PRAGMA user_version"))
    if version not in (0, SCHEMA_VERSION):
        raise PermanentError(
            "WORLD_UNUSABLE",
            f"the simulated world {path} is of version {version}, not {SCHEMA_VERSION}",
            why="another version of this program made it",
            remedy=f"move {path} away; a new world begins empty",
            owner=Owner.PLATFORM,
        )
    if version == SCHEMA_VERSION:
        return
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            tx.run(statement)
    tx.run("INSERT INTO meta VALUES ('now', ?), ('seed', ?)", EPOCH, seed)
    tx.run(f"PRAGMA user_version = {SCHEMA_VERSION}")
