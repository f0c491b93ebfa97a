"""The book of campaigns: what the journal keeps of them, as a port.

The campaign's own flow writes under the lease of its name (`lease_name`); its writes name the
fencing token and raise LeaseLost where another has taken over. People's wishes need no lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.engine.journal import Run, Writer
from bedplate.fleet.plan import FleetPlan
from bedplate.fleet.states import (
    Approval,
    CampaignState,
    ClusterRecord,
    GateRecord,
    Standing,
    Wanted,
)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign. `mark` is the newest run's number when it was planned, `parent` its flow run.

    `site` is where it was planned, whose flows carry it out; `wished_at` is when people last said
    what they want of it. Times are Unix seconds.
    """

    id: str
    name: str
    plan: FleetPlan
    mark: int
    state: CampaignState
    wanted: Wanted
    why: str
    requested_by: str
    planned_at: float
    site: str = ""
    wished_at: float | None = None
    parent: str | None = None
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def marker(self) -> str:
        """Return by whom the runs of this campaign are asked for, as the journal records it."""
        return f"campaign {self.name} ({self.id})"

    def command(self, verb: str) -> str:
        """Return what a person types to do something with it."""
        return fleet_command(f"{verb} {self.name}", self.site)


def fleet_command(words: str, site: str) -> str:
    """Return a command of `fleet`, with the site in whose journal it looks where that is known."""
    return f"bedplate fleet {words} --site {site}" if site else f"bedplate fleet {words}"


@dataclass(frozen=True, slots=True)
class Event:
    """A change of state, in words."""

    number: int
    text: str
    at: float


def lease_name(campaign: str) -> str:
    """Return the name under which the journal leases a campaign; no cluster has a slash."""
    return f"campaign/{campaign}"


class CampaignBook(Protocol):
    """The records of every campaign. Raises JournalError where they cannot be used."""

    def add(self, row: CampaignRow) -> None:
        """Record a new plan; an earlier one of the name that has not begun is superseded.

        Raises Refused FLEET_ACTIVE where one of the name has begun and not ended.
        """
        ...

    def mark(self) -> int:
        """Return the number of the newest run."""
        ...

    def runs_since(self, mark: int) -> Sequence[Run]:
        """Return the runs that began later than a mark, the oldest first."""
        ...

    def find(self, name: str) -> CampaignRow | None:
        """Return the newest campaign of a name or an id."""
        ...

    def campaigns(self, *, active: bool) -> Sequence[CampaignRow]:
        """Return the campaigns, newest first; only those that have not ended where `active`."""
        ...

    def standing(self, row: CampaignRow) -> Standing:
        """Return everything that is known of a campaign now."""
        ...

    def news(self, row: CampaignRow, known: Standing) -> Standing:
        """Return the same, for whoever holds the campaign's lease and `known` what it wrote.

        What others cannot have changed is taken from there, and not read again.
        """
        ...

    # -- written by people -----------------------------------------------------------------------

    def want(self, campaign_id: str, wanted: Wanted, why: str) -> None:
        """Record what a campaign is to do; raises Refused FLEET_ENDED where it has ended."""
        ...

    def resume(self, campaign_id: str, why: str, *, accept_failed: bool) -> None:
        """Let a campaign go on: what failed is tried again, or accepted as failed."""
        ...

    def approve(self, campaign_id: str, approval: Approval) -> bool:
        """Record a decision; returns whether it is new (its source was not recorded before)."""
        ...

    # -- written by the campaign's own flow --------------------------------------------------------

    def begin(self, writer: Writer, campaign_id: str, parent: str) -> None:
        """Record the flow run that carries a campaign out."""
        ...

    def put_cluster(self, writer: Writer, campaign_id: str, record: ClusterRecord) -> None:
        """Record how a cluster stands."""
        ...

    def put_gate(self, writer: Writer, campaign_id: str, record: GateRecord) -> None:
        """Record how a gate stands."""
        ...

    def hold(self, writer: Writer, campaign_id: str, wanted: Wanted, why: str) -> None:
        """Record what a failure makes of a campaign, unless a person wants otherwise since."""
        ...

    def stand(self, writer: Writer, campaign_id: str, state: CampaignState, why: str) -> None:
        """Record how the campaign stands, and its end."""
        ...

    def say(self, writer: Writer, campaign_id: str, text: str) -> None:
        """Record a change of state in words."""
        ...

    def untold(self, campaign_id: str) -> Sequence[Event]:
        """Return the events that nobody was notified of, the oldest first."""
        ...

    def told(self, writer: Writer, campaign_id: str, number: int) -> None:
        """Record up to which event people were notified."""
        ...
