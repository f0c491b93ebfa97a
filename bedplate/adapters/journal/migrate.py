"""Bring a database's tables to what this program needs; at once where they already are."""

from __future__ import annotations

import time
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
REVISIONS = ("0001", "0002")
HEAD = REVISIONS[-1]

# Any number will do that no other program takes as a Postgres advisory lock: "bedplate" in ASCII.
_MIGRATION_LOCK = int.from_bytes(b"bedplate")
_PAUSE_SECONDS = 0.01

_version = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text))


def migrate(database: Database) -> None:
    """Make or upgrade the tables; safe where several processes do it at once.

    Raises JournalError, TOO_NEW where a newer program has upgraded them already.
    """
    if database.is_sqlite:
        _use_write_ahead_log(database)
    with database.read() as connection:
        if _is_current(connection, database):
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        if _is_current(connection, database):
            return  # another process was faster
        if sa.inspect(connection).has_table(VERSION_TABLE):
            _upgrade(connection)
        else:
            _create(connection)


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


def _is_current(connection: Connection, database: Database) -> bool:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return False
    version = connection.execute(sa.select(_version.c.version_num)).scalar_one_or_none()
    if version is not None and version not in REVISIONS:
        raise Trouble.TOO_NEW.error(
            f"{database.place} has tables of version {version}; this program knows up to {HEAD}"
        )
    return version == HEAD


def _create(connection: Connection) -> None:
    """Make all tables of an empty database as they are today, in a few milliseconds."""
    metadata.create_all(connection)
    columns = sa.Column("version_num", sa.String(32), primary_key=True)
    sa.Table(VERSION_TABLE, sa.MetaData(), columns).create(connection)
    connection.execute(sa.insert(_version).values(version_num=HEAD))


def _upgrade(connection: Connection) -> None:
    # Imported here: it takes as long as everything else, and most openings do not need it.
    import alembic.command
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
