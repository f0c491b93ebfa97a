"""What the store keeps of an intent, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Row

from bedplate.errors import BedplateError
from deployments.gateway.intents import Intent
from deployments.gateway.states import State


@dataclass(frozen=True, slots=True)
class Kept:
    """An intent as it is kept. Times are Unix seconds; `problem` is what an error says."""

    id: str
    key: str
    fingerprint: str
    source: str
    intent: Intent
    state: State
    version: int
    created_at: float
    changed_at: float
    attempts: int = 0
    wait_until: float | None = None
    problem: Mapping[str, str] | None = None
    spec_text: str | None = None
    plan_hash: str | None = None
    run_id: str | None = None
    run_state: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an intent: its new state, when to look again, and the columns that change."""

    state: State
    due_at: float | None
    why: str = ""
    wait_until: float | None = None
    problem: Mapping[str, str] | None = None
    spec_text: str | None = None
    plan_hash: str | None = None
    run_id: str | None = None
    run_state: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which plan, by its hash or the beginning of it, and until when that counts."""

    approver: str
    plan: str
    at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Event:
    """A delivery as it is stored; the body only where it was verified."""

    source: str
    peer: str
    delivery: str
    body_digest: str
    body: bytes | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a ticket or a callback is to be told. `number` says what came later."""

    number: int
    id: str
    intent_id: str
    channel: str
    body: Mapping[str, str]
    attempts: int


def problem_of(error: BedplateError) -> dict[str, str]:
    """Return what is kept and shown of an error."""
    shown = error.as_dict()
    return {name: shown[name] for name in ("code", "seen", "why", "remedy")}


def kept_from(row: Row[tuple[object, ...]]) -> Kept:
    """Return an intent from its row."""
    columns = row._mapping
    return Kept(
        id=columns["id"],
        key=columns["key"],
        fingerprint=columns["fingerprint"],
        source=columns["source"],
        intent=Intent.model_validate_json(columns["content"]),
        state=State(columns["state"]),
        version=columns["version"],
        created_at=columns["created_at"],
        changed_at=columns["changed_at"],
        attempts=columns["attempts"],
        wait_until=columns["wait_until"],
        problem=columns["problem"],
        spec_text=columns["spec_text"],
        plan_hash=columns["plan_hash"],
        run_id=columns["run_id"],
        run_state=columns["run_state"],
    )
