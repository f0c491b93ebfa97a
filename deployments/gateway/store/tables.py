"""The gateway's tables, made and migrated as the journal's are."""

from __future__ import annotations

from pathlib import Path

from bedplate.adapters.journal.migrate import Tables
from deployments.gateway.store.schema import metadata

VERSION_TABLE = "gateway_version"
MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = ("0001", "0002")  # oldest first

TABLES = Tables(metadata, VERSION_TABLE, REVISIONS, MIGRATIONS)
