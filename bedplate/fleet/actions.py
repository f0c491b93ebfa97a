"""What a campaign can have to do next; whoever carries one out records it first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bedplate.fleet.states import CampaignState


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a cluster's upgrade, or go on with it, in a run of its own."""

    cluster: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask a cluster's run to stop at its next safe point."""

    cluster: str
    why: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave a cluster alone from now on: somebody else has changed it."""

    cluster: str
    why: str


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Record that a gate was reached; its time to watch begins, people are told."""

    gate: str


@dataclass(frozen=True, slots=True)
class StartJob:
    """Begin the job of a gate."""

    gate: str
    attempt: int


@dataclass(frozen=True, slots=True)
class PassGate:
    """Record that a gate is passed; it stays so."""

    gate: str
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Begin nothing more until a person decides; what runs may end."""

    why: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """End the campaign because of a failure, as it asks for."""

    why: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Record the campaign's end; nothing of it runs any more."""

    state: CampaignState
    why: str


Action: TypeAlias = Start | Stop | Leave | OpenGate | StartJob | PassGate | Hold | GiveUp | Finish
