"""A database behind the journal: its address, its connections, its transactions, its errors."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from bedplate.adapters.journal.trouble import NotJson, Trouble, recognise, words
from bedplate.errors import JournalError

BUSY_SECONDS = 5.0
CONNECT_SECONDS = 10
# A database that starts again, or whose standby takes over, is back within this.
OUTAGE_SECONDS = 60.0
LOOK_SECONDS = 0.5

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_TIME = {
    # Not now(), which stands still within a transaction that waits for its turn.
    "postgresql": sa.text("SELECT extract(epoch FROM clock_timestamp())"),
    "sqlite": sa.text("SELECT (julianday('now') - 2440587.5) * 86400.0"),
}
# What SQLite's own file: addresses may say; mode=ro opens a copy that must not change.
SQLITE_OPTIONS = frozenset({"uri", "mode", "cache", "immutable", "nolock", "vfs", "psow"})


class Database:
    """Connections to one database, with errors that say what to do. Safe to share by threads."""

    def __init__(self, address: str) -> None:
        url = _parse(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.place = _place(url)
        self._secrets = _secrets(url)
        self._engine = self._make_engine(url)
        self._writers = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._was_reached = False

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self.told(), self._connect(self._engine) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write; on SQLite it holds the only right to from its start.

        A transaction that begins by reading and writes later cannot wait its turn in SQLite.
        """
        with self.told(), self._connect(self._writers) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def outside(self) -> Iterator[Connection]:
        """Open a connection without a transaction, for what SQLite does only there."""
        with self.told(), self._engine.connect() as connection:
            yield connection.execution_options(begin=None)

    def _connect(self, engine: Engine) -> Connection:
        """Open a connection; a database that was reached before is waited for, it may be restarted.

        Nothing has been asked of it then, so nothing is done twice.
        """
        last = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                connection = engine.connect()
            except exc.SQLAlchemyError as error:
                gone = recognise(error) is Trouble.UNREACHABLE and not self.is_sqlite
                if not (gone and self._was_reached and time.monotonic() < last):
                    raise
                time.sleep(LOOK_SECONDS)
            else:
                self._was_reached = True
                return connection

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Raise JournalError for whatever SQLAlchemy or the driver raises."""
        try:
            yield
        except (exc.SQLAlchemyError, NotJson, UnicodeError, OverflowError) as error:
            # Nothing is chained: the cause may quote statements with what they carried.
            raise self._explain(error) from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _explain(self, error: BaseException) -> JournalError:
        trouble = recognise(error)
        text = words(error)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        if trouble is Trouble.UNREACHABLE and self.is_sqlite:
            text = self._why_not_opened() or text
        return trouble.error(f"{self.place}: {text}")

    def _why_not_opened(self) -> str:
        path = Path(str(self._engine.url.database))
        if path.is_dir():
            return "this is a folder, not a file"
        if not path.parent.is_dir():
            return f"the folder {path.parent} does not exist"
        return ""

    def _make_engine(self, url: URL) -> Engine:
        try:
            return _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        except ModuleNotFoundError as error:
            raise Trouble.URL.error(
                f"{self.place}: Python's {error.name} is not installed",
                remedy="pip install 'bedplate[postgres]'",
            ) from None


def _sqlite_engine(url: URL) -> Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=dump,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        # Python's driver would begin transactions by itself, too late and of the wrong kind.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        # In WAL mode a commit is a write to the kernel, so it survives SIGKILL without the wait for
        # the disk that FULL means. A power cut may lose the last lines but breaks nothing; who
        # cannot have that uses Postgres.
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        words = connection.get_execution_options().get("begin", "BEGIN")
        if words is not None:
            connection.exec_driver_sql(words)

    return engine


def _postgres_engine(url: URL) -> Engine:
    engine = sa.create_engine(
        url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)} | dict(url.query)),
        # The lease row's lock makes writers take turns; at this level each sees the last one's.
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        json_serializer=dump,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {int(BUSY_SECONDS * 1000)}")
        cursor.close()
        connection.commit()

    return engine


def database_time(connection: Connection) -> float:
    """Return the time (Unix seconds) of the database's machine, which all that use it share."""
    return float(connection.scalar(_TIME[connection.dialect.name]) or 0.0)


def dump(value: object) -> str:
    """Return JSON as text; any Mapping and Sequence will do, NaN and infinity raise NotJson."""
    try:
        return json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise NotJson(str(error)) from None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _parse(address: str) -> URL:
    try:
        url = make_url(address)
    except (exc.ArgumentError, ValueError):
        # The address may hold a password, and what cannot be read cannot be masked.
        raise Trouble.URL.error("the journal's address is not a database URL") from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise Trouble.URL.error(f"the journal cannot be kept in {_safe_word(url.drivername)}")
    url = url.set(drivername=driver)
    return _parse_sqlite(url) if driver == DRIVERS["sqlite"] else url


def _parse_sqlite(url: URL) -> URL:
    path = url.database or ""
    if path in ("", ":memory:") or url.query.get("mode") == "memory" or "mode=memory" in path:
        raise Trouble.URL.error("a journal in memory would not survive the process")
    if url.host or url.username or url.port:
        raise Trouble.URL.error("an SQLite journal is a file of this machine")
    unknown = sorted(set(url.query) - SQLITE_OPTIONS)
    if unknown:
        raise Trouble.URL.error(f"SQLite has no option {_safe_word(unknown[0])}")
    # A relative path would mean another file for each connection made after a change of folder.
    return url if path.startswith("file:") else url.set(database=str(Path(path).absolute()))


def _safe_word(word: str) -> str:
    return word if re.fullmatch(r"[\w+.-]{1,40}", word) else "what its address names"


def _place(url: URL) -> str:
    """Name a database for people, without user and password."""
    if url.get_backend_name() == "sqlite":
        return f"journal {url.database}"
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"journal {url.database or 'postgres'} on {host}{port}"


def _secrets(url: URL) -> frozenset[str]:
    hidden = [str(url.password)] if url.password else []
    hidden += [str(value) for key, value in url.query.items() if "password" in key]
    forms = (form for text in hidden for form in (text, quote(text), quote_plus(text)))
    return frozenset(filter(None, forms))
