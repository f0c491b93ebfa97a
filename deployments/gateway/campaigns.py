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
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.states import Standing
from deployments.gateway.documents import CampaignApproval
from deployments.gateway.people import People
from deployments.home import Home
from flows.fleet_runs import nudge


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns in the journals of a home's sites."""

    home: Home

    def decide(self, wanted: CampaignApproval, who: str, people: People) -> str:
        """Record a decision, and let the campaign look at it; returns the campaign's id.

        An approver counts under the name that the campaign has for this person already.
        Raises BadInput where there is no such site, campaign or gate, Refused where `who` may not.
        """
        config = self.home.site(wanted.site)
        self.home.open_journal(config.journal)  # makes the tables
        with contextlib.closing(open_campaigns(config.journal)) as book:
            row = require_campaign(book, wanted.campaign)
            who = _as_known(who, people, row, wanted.gate, book.standing(row))
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


def _as_known(who: str, people: People, row: CampaignRow, gate: str, standing: Standing) -> str:
    """Return a person's name as the campaign spells it; its rules compare spellings only.

    The requester's comes first: nobody is another person than themselves under another name.
    """
    found = row.plan.all_gates().get(gate)
    named = found.approval.approvers if found is not None and found.approval is not None else ()
    known = (standing.requested_by, *(one.who for one in standing.approvals), *named)
    return next((name for name in known if people.one(name) == who), who)
