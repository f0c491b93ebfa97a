"""Who may start what: pure decisions, each refusal with the id of its rule.

Nothing here believes the event: what counts is the source, the ticket as its own system has it, and
the people who approved.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from deployments.gateway.intents import Intent
from deployments.gateway.people import People
from deployments.gateway.problems import NotAllowed
from deployments.gateway.settings import Role, SourceBase
from deployments.gateway.tickets.ticket import Ticket

# What takes something away for good: it needs the typed name and one more person.
TAKES_AWAY = frozenset({"delete"})


class Verdict(enum.StrEnum):
    """What is to happen now."""

    START = "start"
    WAIT_FOR_WINDOW = "waiting_for_window"
    WAIT_FOR_APPROVAL = "waiting_for_approval"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, why, and when to look again (Unix seconds)."""

    verdict: Verdict
    why: str = ""
    until: float | None = None


def require_known_source(intent: Intent, source: SourceBase, verbs: Sequence[str]) -> None:
    """Raise NotAllowed where the source may not ask for this, whatever its ticket says."""
    if intent.verb not in source.verbs:
        raise _no(
            "VERB_NOT_ALLOWED",
            f"this source may not ask for {intent.verb!r}",
            f"it may ask for {', '.join(source.verbs) or 'nothing'}; verbs in gateway.yaml",
        )
    if intent.verb not in verbs:
        raise _no(
            "VERB_UNKNOWN",
            f"there is no deployment for {intent.verb!r}",
            f"there is one for {', '.join(verbs)}",
        )
    if not is_one_of(intent.cluster, source.clusters):
        raise _no(
            "CLUSTER_NOT_ALLOWED",
            f"this source may do nothing to cluster {intent.cluster!r}",
            "ask for one of its own, or extend clusters in gateway.yaml",
        )
    if intent.site and intent.site not in source.sites:
        raise _no(
            "SITE_NOT_ALLOWED",
            f"this source may do nothing at site {intent.site!r}",
            "ask for one of its own, or extend sites in gateway.yaml",
        )
    if intent.verb in TAKES_AWAY and intent.confirm != intent.cluster:
        raise _no(
            "NAME_NOT_TYPED",
            f"confirm is not the name of the cluster, {intent.cluster!r}",
            "type the cluster's name in confirm, so that no other cluster is meant",
        )


def decide(
    intent: Intent,
    ticket: Ticket | None,
    given: frozenset[str],
    now: float,
    *,
    reads_tickets: bool,
    people: People,
    roles: Sequence[Role] = (),
) -> Decision:
    """Return what is to happen; raises NotAllowed. `given` approved at the gateway itself.

    `people` says which of all these names are one person.

    Where no ticket system is asked (`reads_tickets` is false) the source's word is the approval.
    Of `roles`, where there are any, whoever asks must have one that allows it.
    """
    if not reads_tickets:
        _require_role(intent, intent.requested_by, roles)
        others = people.all(given) - {people.one(intent.requested_by)}
        return _with_people(intent, others, needed=1)
    if ticket is None:
        raise _no("TICKET_UNKNOWN", f"there is no ticket {intent.ticket!r}", "correct its number")
    _require_fitting(intent, ticket)
    _require_role(intent, ticket.requested_by, roles)
    others = people.all(ticket.approvers | given) - {people.one(ticket.requested_by)}
    if not others:
        raise _no(
            "TICKET_NOT_APPROVED",
            f"nobody but its requester has approved ticket {ticket.number}",
            "let somebody approve the ticket, then send it again",
        )
    if ticket.end is not None and now >= ticket.end:
        raise _no(
            "WINDOW_OVER",
            f"the window of ticket {ticket.number} is over",
            "plan a new one in the ticket, then send it again",
        )
    waiting = _with_people(intent, others, needed=2)
    if waiting.verdict is not Verdict.START:
        return waiting
    if ticket.start is not None and now < ticket.start:
        why = f"the window of ticket {ticket.number} has not begun"
        return Decision(Verdict.WAIT_FOR_WINDOW, why, ticket.start)
    return waiting


def _require_fitting(intent: Intent, ticket: Ticket) -> None:
    if intent.cluster not in ticket.clusters:
        raise _no(
            "TICKET_OTHER_CLUSTER",
            f"ticket {ticket.number} is not about cluster {intent.cluster!r}",
            "name the cluster in the ticket, as its configuration item",
        )
    if not ticket.startable:
        raise _no(
            "TICKET_STATE",
            f"ticket {ticket.number} is in state {ticket.state!r}",
            "move it to where work may start, then send it again",
        )


def _require_role(intent: Intent, person: str, roles: Sequence[Role]) -> None:
    if not roles:
        return
    for role in roles:
        allows = intent.verb in role.verbs and is_one_of(intent.cluster, role.clusters)
        if allows and person in role.people:
            return
    who = repr(person[:100]) if person else "nobody named"
    raise _no(
        "ROLE_NOT_ALLOWED",
        f"{who} has no role that may {intent.verb} cluster {intent.cluster!r}",
        "let somebody ask who has, or extend roles in gateway.yaml",
    )


def require_same_plan(ticket: Ticket, plan: str) -> None:
    """Raise NotAllowed where the ticket approves something else than what would be done."""
    if ticket.plan_hash.strip().removeprefix("sha256:") != plan:
        raise _no(
            "TICKET_PLAN_HASH",
            f"ticket {ticket.number} does not carry the hash of this plan, {plan}",
            "let the ticket's approvers see the specification, and write this hash into it",
        )


def _with_people(intent: Intent, people: frozenset[str], *, needed: int) -> Decision:
    if intent.verb in TAKES_AWAY and len(people) < needed:
        why = f"{intent.verb} needs a second approver, who did not ask for it"
        return Decision(Verdict.WAIT_FOR_APPROVAL, why)
    return Decision(Verdict.START)


def person_not_allowed(person: str) -> NotAllowed:
    """Return the refusal of somebody who is not among the source's people."""
    return _no(
        "PERSON_NOT_ALLOWED",
        f"{person[:100]!r} is not among those who may ask",
        "let one of them ask, or extend people in gateway.yaml",
    )


def repository_not_allowed(repository: str) -> NotAllowed:
    """Return the refusal of a repository that is not one of the source's."""
    return _no(
        "REPOSITORY_NOT_ALLOWED",
        f"{repository[:100]!r} is not among this source's repositories",
        "extend repositories in gateway.yaml",
    )


def is_one_of(name: str, patterns: Sequence[str]) -> bool:
    """Say whether a name fits one of the patterns, in which * stands for any text."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _no(rule: str, seen: str, remedy: str) -> NotAllowed:
    return NotAllowed(
        rule, seen, why="the rules of the gateway decide who may start what", remedy=remedy
    )
