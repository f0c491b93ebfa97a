"""Takes a delivery: verify, store, judge, answer. Nothing is started here.

Everything that matters is in the store before the answer goes out, so a sender that got none sends
it again and learns what became of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BedplateError
from deployments.gateway.delivery import Delivery
from deployments.gateway.intents import Intent, business_key
from deployments.gateway.judging import Judge
from deployments.gateway.limits import Buckets
from deployments.gateway.problems import NotAllowed, Overloaded, Unknown
from deployments.gateway.rules import require_known_source
from deployments.gateway.senders import Ignored, Sender
from deployments.gateway.settings import Settings, SourceBase, StandardSource
from deployments.gateway.states import State
from deployments.gateway.store import Event, Kept, Received, Store, problem_of

# The worker leaves a new intent alone for as long as its request may still be judging it.
HEAD_START = 10.0
OVERLOAD_SECONDS = 5
ANY = "(intents)"  # the name under which an unproven delivery to /v1/intents is recorded


@dataclass(frozen=True, slots=True)
class Reception:
    """What a request needs; shared by its threads."""

    settings: Settings
    senders: Mapping[str, Sender]
    store: Store
    judge: Judge
    verbs: Sequence[str]
    clock: Callable[[], float]
    buckets: Buckets

    def admit(self, name: str | None, peer: str) -> None:
        """Let a peer send a delivery to a source; raises Unknown or Overloaded.

        Asked before the body is read: nobody waits for what is not taken.
        """
        if name is not None and name not in self.senders:
            raise _unknown_source(name)
        self.buckets.take(f"{name or ANY} {peer}", self.clock())

    def admit_look(self, peer: str) -> None:
        """Let a peer look at an intent; raises Overloaded."""
        self.buckets.take(f"looks {peer}", self.clock())

    def receive(self, name: str | None, delivery: Delivery) -> Received | Ignored:
        """Take a delivery to a source, or to the one whose secret signed it where none is named.

        It was admitted. Raises Unverified, Malformed, NotAllowed, Conflict or Overloaded.
        """
        now = self.clock()
        if self.store.count_due(now) > self.settings.limits.waiting:
            raise Overloaded("more is waiting than the gateway takes", OVERLOAD_SECONDS)
        source = self._proven(name, delivery, now)
        try:
            found = self.senders[source].read(delivery)
        except BedplateError as error:
            self.store.record(_event(source, delivery, delivery.body, error.code), now)
            raise
        if isinstance(found, Ignored):
            self.store.record(_event(source, delivery, delivery.body, "ignored"), now)
            return found
        return self._accept(source, found, delivery, now)

    def _proven(self, name: str | None, delivery: Delivery, now: float) -> str:
        """Return the source that is proven to have sent it."""
        standard = [
            one for one, s in self.settings.sources.items() if isinstance(s, StandardSource)
        ]
        candidates = [name] if name is not None else standard
        refusal: BedplateError = _unknown_source(name or "of Standard Webhooks")
        for one in candidates:
            try:
                self.senders[one].verify(delivery, now)
            except BedplateError as error:
                refusal = error
            else:
                return one
        if candidates:
            self.store.record(_event(name or ANY, delivery, None, refusal.code), now)
        raise refusal

    def _accept(self, name: str, found: Intent, delivery: Delivery, now: float) -> Received:
        source = self.settings.sources[name]
        made = _kept(name, source, found, now)
        event = _event(name, delivery, delivery.body, "accepted")
        event = replace(
            event, delivery=self.senders[name].delivery_id(delivery) or event.body_digest
        )
        try:
            require_known_source(made.intent, source, self.verbs)
        except NotAllowed as refusal:
            made = replace(made, state=State.REFUSED, problem=problem_of(refusal))
            return self.store.receive(replace(event, verdict=refusal.code), made, now, None)
        received = self.store.receive(event, made, now, now + HEAD_START)
        if received.is_duplicate:
            return received
        change = self.judge.verdict(received.kept, now)
        return replace(received, kept=self.store.change(received.kept, change, self.clock()))


def _kept(name: str, source: SourceBase, found: Intent, now: float) -> Kept:
    intent = found if found.site else found.model_copy(update={"site": source.sites[0]})
    return Kept(
        id=uuid.uuid4().hex,
        key=business_key(name, intent),
        fingerprint=intent.fingerprint(),
        source=name,
        intent=intent,
        state=State.CHECKING,
        version=0,
        created_at=now,
        changed_at=now,
    )


def _event(source: str, delivery: Delivery, body: bytes | None, verdict: str) -> Event:
    return Event(
        source=source,
        peer=KNOWN.redact(delivery.peer),
        delivery="",
        body_digest=delivery.body_digest,
        body=body,
        verdict=verdict,
    )


def _unknown_source(name: str) -> Unknown:
    return Unknown(
        "SOURCE_UNKNOWN",
        f"there is no source {name[:64]!r}",
        why="a delivery is judged by the rules of its source",
        remedy="name it under sources in gateway.yaml, or correct the address",
    )
