"""The journal in SQL: SQLite in a file, or Postgres where several machines share it."""

from __future__ import annotations

from bedplate.adapters.journal.sql import SqlJournal, open_journal

__all__ = ["SqlJournal", "open_journal"]
