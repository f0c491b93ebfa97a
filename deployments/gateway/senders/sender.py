"""What every sender's format can do: prove who sent a delivery, and say what is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from deployments.gateway.delivery import Delivery
from deployments.gateway.intents import Intent


@dataclass(frozen=True, slots=True)
class Ignored:
    """A genuine event that asks for nothing, and why."""

    why: str


class Sender(Protocol):
    """One sender's format, with the secrets of one source."""

    def verify(self, delivery: Delivery, now: float) -> None:
        """Raise Unverified where the raw body is not proven to be the source's, and recent."""

    def delivery_id(self, delivery: Delivery) -> str:
        """Return what is the same in every retry of a delivery."""

    def read(self, delivery: Delivery) -> Intent | Ignored:
        """Return what a verified delivery asks for; raises Malformed."""
