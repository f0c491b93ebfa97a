"""Approvals at the gateway: who holds the token is who approves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deployments.gateway.campaigns import Campaigns
from deployments.gateway.documents import ApprovalRequest, CampaignApproval, DecidedDocument
from deployments.gateway.limits import Buckets
from deployments.gateway.people import People
from deployments.gateway.problems import NotAllowed, Unverified, signature_wrong
from deployments.gateway.rules import is_one_of
from deployments.gateway.settings import Approver
from deployments.gateway.signatures import bearer, is_token
from deployments.gateway.store import Approval, Kept, Store, unknown_intent


@dataclass(frozen=True, slots=True)
class Approving:
    """Takes approvals, of intents and of the gates of fleet campaigns."""

    approvers: Mapping[str, Approver]
    store: Store
    campaigns: Campaigns
    people: People
    clock: Callable[[], float]
    buckets: Buckets
    seconds: float  # how long an approval counts

    def person(self, authorization: str, peer: str) -> str:
        """Return the approver whose token it is; raises Overloaded or Unverified."""
        self.buckets.take(f"approvals {peer}", self.clock())
        token = bearer(authorization)
        found = [name for name, one in self.approvers.items() if is_token(one.tokens, token)]
        if not token:
            raise Unverified(
                "TOKEN_MISSING",
                "there is no bearer token",
                why="an approval is somebody's",
                remedy="send the header Authorization: Bearer TOKEN",
            )
        if not found:
            raise signature_wrong("the bearer token")
        return found[0]

    def approve(self, name: str, wanted: ApprovalRequest) -> Kept:
        """Keep an approval; raises NotAllowed, Unknown or Conflict."""
        kept = self.store.intent(wanted.intent)
        if kept is None:
            raise unknown_intent(wanted.intent)
        if wanted.cluster != kept.intent.cluster:
            raise _no("NAME_NOT_TYPED", f"the intent is not about cluster {wanted.cluster!r}")
        if not is_one_of(kept.intent.cluster, self.approvers[name].clusters):
            raise _no("APPROVER_NOT_ALLOWED", f"{name} may not approve for {wanted.cluster!r}")
        if name == self.people.one(kept.intent.requested_by):
            raise _no("APPROVER_IS_REQUESTER", f"{name} asked for this")
        now = self.clock()
        plan = wanted.plan.removeprefix("sha256:")
        return self.store.approve(kept.id, Approval(name, plan, now, now + self.seconds))

    def decide(self, name: str, wanted: CampaignApproval) -> DecidedDocument:
        """Record a decision about a gate of a campaign; raises NotAllowed, BadInput, Refused."""
        if not is_one_of(wanted.campaign, self.approvers[name].campaigns):
            raise _no("APPROVER_NOT_ALLOWED", f"{name} may not approve for {wanted.campaign!r}")
        identity = self.campaigns.decide(wanted, name, self.people)
        self.store.note_decision(wanted.model_dump() | {"by": name}, self.clock())
        return DecidedDocument(campaign=identity, gate=wanted.gate, decided_by=name)


def _no(rule: str, seen: str) -> NotAllowed:
    return NotAllowed(
        rule,
        seen,
        why="a second person must have meant exactly this",
        remedy="let another approver of this cluster approve it",
    )
