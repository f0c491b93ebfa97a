"""What the routes work with, put together from the settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deployments.gateway.approving import Approving
from deployments.gateway.campaigns import Campaigns
from deployments.gateway.judging import Judge
from deployments.gateway.limits import Buckets, Shares
from deployments.gateway.outgoing import Caller, client
from deployments.gateway.people import People
from deployments.gateway.reception import Reception
from deployments.gateway.references import References
from deployments.gateway.runs import Runs
from deployments.gateway.senders import sender_of
from deployments.gateway.settings import Settings
from deployments.gateway.specs import Specs
from deployments.gateway.store import Store
from deployments.gateway.telling import Teller
from deployments.gateway.tickets import ticket_systems
from deployments.gateway.worker import Worker

# A request waits this long for an answer of a ticket system; after that the worker judges in its
# own time. Five answers, the most that one step of the worker asks for, are within its claim.
REQUEST_SECONDS, WORKER_SECONDS = 2.0, 10.0

HEALTH_PLACES = 8  # of its own: whoever watches the gateway asks also while it is full


class Turnstile:
    """Lets in so many at once."""

    def __init__(self, places: int) -> None:
        self._places = threading.Semaphore(places)

    def enter(self) -> bool:
        """Say whether there is a place; it is taken then."""
        return self._places.acquire(blocking=False)

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything behind the routes. `wake` lets the worker begin at once."""

    settings: Settings
    store: Store
    runs: Runs
    reception: Reception
    approving: Approving
    worker: Worker
    turnstile: Turnstile
    health: Turnstile
    bodies: Shares
    wake: threading.Event = field(default_factory=threading.Event)


def desk(
    settings: Settings,
    references: References,
    store: Store,
    runs: Runs,
    specs: Specs,
    campaigns: Campaigns,
    clock: Callable[[], float] = time.time,
) -> Desk:
    """Return a desk; raises BadInput where a secret is missing."""
    quick = ticket_systems(settings, references, REQUEST_SECONDS)
    patient = ticket_systems(settings, references, WORKER_SECONDS)
    limits = settings.limits
    buckets = Buckets(limits.per_second, limits.burst)
    senders = {name: sender_of(one, references) for name, one in settings.sources.items()}
    callers = {
        name: Caller(
            client("", settings.networks),
            str(one.callback.url),
            references.secret(one.callback.secret),
            clock,
        )
        for name, one in settings.sources.items()
        if one.callback is not None
    }
    judge = Judge(settings, quick, store)
    verbs = runs.verbs()
    return Desk(
        settings=settings,
        store=store,
        runs=runs,
        reception=Reception(settings, senders, store, judge, verbs, clock, buckets),
        approving=Approving(
            settings.approvers,
            store,
            campaigns,
            People.of(settings.approvers),
            clock,
            buckets,
            settings.approval_seconds,
        ),
        worker=Worker(
            store,
            Judge(settings, patient, store),
            runs,
            specs,
            Teller(settings, patient, callers, store, clock),
            clock,
        ),
        turnstile=Turnstile(limits.at_once),
        health=Turnstile(HEALTH_PLACES),
        bodies=Shares(max(1, limits.at_once // 2)),
    )
