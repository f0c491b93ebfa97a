"""What a database's errors mean to the user: a code, what was seen, why, and what to do."""

from __future__ import annotations

import enum
import sqlite3

from sqlalchemy import exc

from bedplate.errors import JournalError


class NotJson(ValueError):
    """A value that JSON cannot hold was to be recorded."""


class Trouble(enum.Enum):
    """What can be wrong with a journal: its code, why that is a problem, and the remedy."""

    LOCKED = (
        "JOURNAL_LOCKED",
        "another program kept the journal locked for longer than a write may wait",
        "find the program that has the journal open, end it, and run the same command again",
    )
    CORRUPT = (
        "JOURNAL_CORRUPT",
        "the journal is not a readable database, so what was done cannot be told from it",
        "put the newest copy of the journal in its place; keep the broken one for the evidence",
    )
    READ_ONLY = (
        "JOURNAL_READ_ONLY",
        "nothing may be done that cannot be written down first",
        "make the journal writable for this user, or name another journal",
    )
    FULL = (
        "JOURNAL_FULL",
        "nothing may be done that cannot be written down first",
        "make room where the journal is kept and run the same command again",
    )
    UNREACHABLE = (
        "JOURNAL_UNREACHABLE",
        "nothing may be done that cannot be written down first",
        "check that the journal's place exists and lets this user in, then run it again",
    )
    BROKEN_STORAGE = (
        "JOURNAL_IO",
        "the disk below the journal did not do what it was asked",
        "check the disk and its free space, then run the same command again",
    )
    TOO_NEW = (
        "JOURNAL_TOO_NEW",
        "a newer Bedplate has changed the journal's tables; this one could damage them",
        "use the newer Bedplate, or name another journal",
    )
    URL = (
        "JOURNAL_URL",
        "the journal's address cannot be used",
        "write sqlite:////folder/journal.sqlite or postgresql+psycopg://user@host/database",
    )
    VALUE = (
        "JOURNAL_VALUE",
        "the journal holds JSON and Unicode text, and this is neither",
        "report this as a defect; nothing was written",
    )
    UNKNOWN_RUN = (
        "JOURNAL_NO_RUN",
        "what is written must belong to a recorded run",
        "check the run's id; nothing was written",
    )
    DUPLICATE = (
        "JOURNAL_DUPLICATE",
        "the journal already holds a record with this identity",
        "report this as a defect; nothing was written",
    )
    NO_ATTEMPT = (
        "JOURNAL_NO_ATTEMPT",
        "only an attempt that was begun and has not ended can end",
        "report this as a defect; nothing was written",
    )
    OTHER = (
        "JOURNAL_FAILED",
        "the database refused what Bedplate asked of it",
        "check the database with its own tools, then run the same command again",
    )

    def error(self, seen: str, *, remedy: str = "") -> JournalError:
        """Return the error to raise; `seen` holds no credential and no recorded value."""
        code, why, usual = self.value
        return JournalError(code, seen, why=why, remedy=remedy or usual)


# https://www.sqlite.org/rescode.html: the primary code is the lowest byte.
_SQLITE = {
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_CORRUPT: Trouble.CORRUPT,
    sqlite3.SQLITE_NOTADB: Trouble.CORRUPT,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.BROKEN_STORAGE,
    sqlite3.SQLITE_CANTOPEN: Trouble.UNREACHABLE,
    sqlite3.SQLITE_PERM: Trouble.UNREACHABLE,
}
_SQLITE_EXTENDED = {
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: Trouble.UNKNOWN_RUN,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Trouble.DUPLICATE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Trouble.DUPLICATE,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html: a code, or its class.
_POSTGRES = {
    "08": Trouble.UNREACHABLE,
    "22": Trouble.VALUE,
    "23503": Trouble.UNKNOWN_RUN,
    "23505": Trouble.DUPLICATE,
    "25006": Trouble.READ_ONLY,
    "28": Trouble.UNREACHABLE,
    "3D": Trouble.UNREACHABLE,
    "40": Trouble.LOCKED,
    "42501": Trouble.READ_ONLY,
    "53100": Trouble.FULL,
    "53": Trouble.UNREACHABLE,
    "55P03": Trouble.LOCKED,
    "57014": Trouble.LOCKED,
    "57": Trouble.UNREACHABLE,
    "58": Trouble.BROKEN_STORAGE,
    "XX": Trouble.CORRUPT,
}


def recognise(error: BaseException) -> Trouble:
    """Return what an error of SQLAlchemy, of a driver or of Python's encoding means."""
    if isinstance(error, exc.TimeoutError):
        return Trouble.LOCKED
    if isinstance(error, exc.DBAPIError):
        return _recognise_driver(error)
    if isinstance(error, exc.StatementError | NotJson | UnicodeError | OverflowError):
        return Trouble.VALUE  # raised while a value was made ready for the database
    return Trouble.OTHER


def _recognise_driver(error: exc.DBAPIError) -> Trouble:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        known = _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & 0xFF)
        return known or Trouble.OTHER
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or Trouble.OTHER
    # Without a state the server was never asked: the driver refused by itself.
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return Trouble.UNREACHABLE
    if isinstance(error, exc.DataError):
        return Trouble.VALUE
    return Trouble.URL if isinstance(error, exc.ProgrammingError) else Trouble.OTHER


def words(error: BaseException) -> str:
    """Return a driver's own words in one line, without the details that quote recorded values."""
    cause = error.orig if isinstance(error, exc.StatementError) else error
    if isinstance(cause, UnicodeError):
        return "a text is not Unicode"
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    text = primary if isinstance(primary, str) else str(cause)
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
