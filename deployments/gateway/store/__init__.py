"""What the gateway keeps: events, intents, approvals, messages, and the audit of them all."""

from __future__ import annotations

from deployments.gateway.store.records import Approval, Change, Event, Kept, Message, problem_of
from deployments.gateway.store.store import Received, Store, unknown_intent

__all__ = [
    "Approval",
    "Change",
    "Event",
    "Kept",
    "Message",
    "Received",
    "Store",
    "problem_of",
    "unknown_intent",
]
