"""Bring a database's tables to what this program needs; at once where they already are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bedplate.adapters.journal.database import BUSY_SECONDS, Database
from bedplate.adapters.journal.schema import metadata
from bedplate.adapters.journal.trouble import Trouble
from bedplate.errors import JournalError

VERSION_TABLE = "journal_version"
MIGRATIONS = Path(__file__).parent / "migrations"

# Oldest first. Kept here too, since asking Alembic costs more time than a whole journal's opening.
REVISIONS = ("0001", "0002", "0003", "0004")

# Any number will do that no other program takes as a Postgres advisory lock: "bedplate" in ASCII.
_MIGRATION_LOCK = int.from_bytes(b"bedplate")
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables that are made and migrated together; `revisions` has the oldest first."""

    metadata: sa.MetaData
    version_table: str
    revisions: Sequence[str]
    migrations: Path

    @property
    def version(self) -> sa.TableClause:
        """The table that says which revision a database has."""
        return sa.table(self.version_table, sa.column("version_num", sa.Text))


JOURNAL = Tables(metadata, VERSION_TABLE, REVISIONS, MIGRATIONS)


def migrate(database: Database, tables: Tables = JOURNAL) -> None:
    """Make or upgrade the tables; safe where several processes do it at once.

    Raises JournalError, TOO_NEW where a newer program has upgraded them already.
    """
    if database.is_sqlite:
        _use_write_ahead_log(database)
    with database.read() as connection:
        if _is_current(connection, database, tables):
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        if _is_current(connection, database, tables):
            return  # another process was faster
        if sa.inspect(connection).has_table(tables.version_table):
            _upgrade(connection, tables)
        else:
            _create(connection, tables)


def _use_write_ahead_log(database: Database) -> None:
    """Let readers and the writer of a file work at once. The file remembers it."""
    patience_ends = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with database.outside() as connection:
                mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
                if mode != "wal":
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except JournalError as error:
            # SQLite does not wait its turn for this one statement.
            if error.code != Trouble.LOCKED.value[0] or time.monotonic() > patience_ends:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


@dataclass(frozen=True, slots=True)
class Revision:
    """The version of a database's tables, None where it has none, and that of this program."""

    found: str | None
    newest: str

    @property
    def is_newest(self) -> bool:
        """Whether there is nothing to do."""
        return self.found == self.newest


def revision(database: Database, tables: Tables = JOURNAL) -> Revision:
    """Look at the tables and change nothing; raises JournalError, TOO_NEW."""
    with database.read() as connection:
        return _revision(connection, database, tables)


def _is_current(connection: Connection, database: Database, tables: Tables) -> bool:
    return _revision(connection, database, tables).is_newest


def _revision(connection: Connection, database: Database, tables: Tables) -> Revision:
    head = tables.revisions[-1]
    if not sa.inspect(connection).has_table(tables.version_table):
        return Revision(None, head)
    found = sa.select(tables.version.c.version_num)
    version: str | None = connection.execute(found).scalar_one_or_none()
    if version is not None and version not in tables.revisions:
        raise Trouble.TOO_NEW.error(
            f"{database.place} has tables of version {version}; this program knows up to {head}"
        )
    return Revision(version, head)


def _create(connection: Connection, tables: Tables) -> None:
    """Make all tables of an empty database as they are today, in a few milliseconds."""
    tables.metadata.create_all(connection)
    columns = sa.Column("version_num", sa.String(32), primary_key=True)
    sa.Table(tables.version_table, sa.MetaData(), columns).create(connection)
    connection.execute(sa.insert(tables.version).values(version_num=tables.revisions[-1]))


def _upgrade(connection: Connection, tables: Tables) -> None:
    # Imported here: it takes as long as everything else, and most openings do not need it.
    import alembic.command
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(tables.migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
