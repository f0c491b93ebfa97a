"""Approvals of fleet campaigns: decided by the same function as at every other door."""

from __future__ import annotations

import contextlib
import time
import uuid
from dataclasses import dataclass

from bedplate.adapters.journal.campaigns import open_campaigns
from bedplate.campaigns import require_campaign
from bedplate.errors import TemporaryError
from bedplate.fleet.approving import decide_gate
from deployments.gateway.documents import CampaignApproval
from deployments.home import Home
from flows.fleet_runs import nudge


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns in the journals of a home's sites."""

    home: Home

    def decide(self, wanted: CampaignApproval, who: str) -> str:
        """Record a decision, and let the campaign look at it; returns the campaign's id.

        Raises BadInput where there is no such site, campaign or gate, Refused where `who` may not.
        """
        config = self.home.site(wanted.site)
        self.home.open_journal(config.journal)  # makes the tables
        with contextlib.closing(open_campaigns(config.journal)) as book:
            row = require_campaign(book, wanted.campaign)
            decide_gate(
                book,
                row,
                wanted.gate,
                who=who,
                approved=wanted.decision == "approve",
                plan_hash=wanted.plan,
                now=time.time(),
                source=f"gateway:{uuid.uuid4().hex}",
            )
        # Where Prefect is away, what was recorded is kept: its flow looks when it can run.
        with contextlib.suppress(TemporaryError):
            nudge(row, wanted.site, who)
        return row.id
