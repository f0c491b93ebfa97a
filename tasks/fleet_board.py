"""What people see of a campaign in Prefect: the board as an artifact, and notifications."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import httpx
from prefect import get_run_logger, runtime
from prefect.artifacts import create_table_artifact
from prefect.blocks.abstract import NotificationBlock, NotificationError
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
)

from bedplate.adapters.redaction import KNOWN
from bedplate.fleet.board import BoardRow, board
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.decide import Decision
from bedplate.fleet.states import CampaignState, Standing

SECONDS_BETWEEN = 10.0
MOST_LINES = 20


class FleetBoard:
    """The board of one campaign: one artifact of a flow run, changed when the board does."""

    def __init__(self, row: CampaignRow) -> None:
        self._row = row
        self._key = key_of(row.name)
        self._artifact: UUID | None = None
        self._shown: tuple[str, str] | None = None
        self._at = 0.0

    def publish(
        self,
        standing: Standing,
        decision: Decision,
        state: CampaignState,
        now: float,
        *,
        at_once: bool,
    ) -> None:
        """Show the board as it is; not more often than every few seconds, or `at_once`.

        What comes last, before the end or a wait for people, stays: it is to be shown at once.
        """
        if not at_once and time.monotonic() - self._at < SECONDS_BETWEEN:
            return
        rows = [_shown(row, now) for row in board(self._row.plan, standing, decision, now)]
        shown = (json.dumps(rows), f"Campaign {self._row.name}: {state}")
        if shown == self._shown:
            return
        try:
            self._write(rows, *shown)
        except httpx.HTTPError as error:
            get_run_logger().warning("the board was not written: %s", type(error).__name__)
            return
        self._shown, self._at = shown, time.monotonic()

    def _write(self, rows: list[dict[str, str]], data: str, description: str) -> None:
        artifact = self._artifact or self._earlier()
        if artifact is None:
            made = create_table_artifact(table=rows, key=self._key, description=description)
            artifact = made if isinstance(made, UUID) else None  # it is, outside of an event loop
        else:
            change = ArtifactUpdate(data=data, description=description)
            with get_client(sync_client=True) as client:
                client.update_artifact(artifact, change)
        self._artifact = artifact

    def _earlier(self) -> UUID | None:
        """Find the board that this flow run wrote before it waited for people, or was retried.

        Prefect shows the artifacts of a run in no order: a second one would hide the first.
        """
        ours = ArtifactFilter(
            key=ArtifactFilterKey(any_=[self._key]),
            flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(runtime.flow_run.id)]),
        )
        with get_client(sync_client=True) as client:
            found = client.read_artifacts(artifact_filter=ours)
        return found[0].id if found else None


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
