"""Checks the audit for `bedplate audit verify`."""

from __future__ import annotations

import contextlib

from bedplate.errors import Owner, Refused
from deployments.gateway.references import References
from deployments.gateway.serving import open_store
from deployments.gateway.settings import FILE, Settings, read_settings
from deployments.home import Home

SHOWN = 20


def require_untouched(home: Home) -> int:
    """Return how many lines there are; raises Refused AUDIT_CHANGED where one was changed."""
    path = home.root / FILE
    settings = read_settings(path) if path.exists() else Settings()
    with contextlib.closing(open_store(home, settings, References(home.root))) as store:
        faults = store.verify_audit()
        lines = store.audit_lines()
    if faults:
        raise Refused(
            "AUDIT_CHANGED",
            "\n".join(f"line {one.number}: {one.seen}" for one in faults[:SHOWN]),
            why="somebody changed what was recorded, or the disk did",
            remedy="keep the database as evidence, and compare it with the newest copy",
            owner=Owner.PLATFORM,
        )
    return lines
