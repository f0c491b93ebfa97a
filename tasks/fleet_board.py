"""What people see of a campaign in Prefect: the board as an artifact, and notifications."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import httpx
from prefect import get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.blocks.abstract import NotificationBlock, NotificationError
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate

from bedplate.adapters.redaction import KNOWN
from bedplate.fleet.board import BoardRow, board
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.decide import Decision
from bedplate.fleet.states import ENDED, CampaignState, Standing

SECONDS_BETWEEN = 10.0
MOST_LINES = 20


class FleetBoard:
    """The board of one campaign: one artifact of a flow run, changed when the board does."""

    def __init__(self, row: CampaignRow) -> None:
        self._row = row
        self._artifact: UUID | None = None
        self._shown: list[dict[str, str]] = []
        self._at = 0.0

    def publish(
        self, standing: Standing, decision: Decision, state: CampaignState, now: float
    ) -> None:
        """Show the board as it is; not more often than every few seconds, but always the end."""
        if state not in ENDED and time.monotonic() - self._at < SECONDS_BETWEEN:
            return
        rows = [_shown(row, now) for row in board(self._row.plan, standing, decision, now)]
        if rows == self._shown:
            return
        self._shown, self._at = rows, time.monotonic()
        try:
            self._write(rows, f"Campaign {self._row.name}: {state}")
        except httpx.HTTPError as error:
            get_run_logger().warning("the board was not written: %s", type(error).__name__)

    def _write(self, rows: list[dict[str, str]], description: str) -> None:
        if self._artifact is not None:
            change = ArtifactUpdate(data=rows, description=description)
            with get_client(sync_client=True) as client:
                client.update_artifact(self._artifact, change)
            return
        made = create_table_artifact(
            table=rows, key=key_of(self._row.name), description=description
        )
        if isinstance(made, UUID):  # it is, outside of an event loop
            self._artifact = made


def key_of(campaign: str) -> str:
    """Return the artifact's key: lowercase letters, digits and dashes."""
    return "fleet-" + re.sub(r"[^a-z0-9]+", "-", campaign.lower()).strip("-")


def _shown(row: BoardRow, now: float) -> dict[str, str]:
    # A window that is open has no time in it: the board would change at every look.
    is_open = row.next_window is not None and row.next_window <= now
    return {
        "cluster": row.cluster,
        "version": row.version,
        "stage": row.stage,
        "state": row.state,
        "ETA": _moment(row.eta),
        "next window": "now" if is_open else _moment(row.next_window),
        "blocked by": KNOWN.redact(row.blocked_by),
    }


def _moment(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%a %d %b %H:%M UTC")


def notify(row: CampaignRow, texts: Sequence[str]) -> None:
    """Tell the campaign's notification blocks (Slack, Teams, mail, PagerDuty) what has changed.

    One that cannot be told is logged: it never stops a campaign.
    """
    shown = [KNOWN.redact(text) for text in texts[:MOST_LINES]]
    if len(texts) > MOST_LINES:
        shown.append(f"and {len(texts) - MOST_LINES} changes more")
    for name in row.plan.campaign.spec.notify:
        try:
            found = Block.load(name)
            if isinstance(found, NotificationBlock):
                # Outside of an event loop it has told them when it returns.
                with found.raise_on_failure():  # it is silent otherwise
                    found.notify("\n".join(shown), subject=f"Campaign {row.name}")  # type: ignore[unused-coroutine]
        except (ValueError, RuntimeError, NotificationError, httpx.HTTPError) as error:
            get_run_logger().warning("%s was not told: %s", name, type(error).__name__)
