"""A gateway on loopback, and senders that sign as the real ones do."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml
from standardwebhooks.webhooks import Webhook

from deployments.gateway.desk import Desk
from deployments.gateway.serving import Address, open_desk, server, working
from deployments.gateway.signatures import hashed
from deployments.home import Home
from tests.flows.server import wait_for

SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OLD_SECRET = "whsec_" + "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
SHARED = "shared-secret-of-nobody-1234567890"
TOKEN, ALICE, BOB = (
    "token-of-the-sender-0123456789",
    "token-of-alice-0123456",
    "token-of-bob-01234567",
)
ENVIRONMENT = {"GATE": SECRET, "GATE_OLD": OLD_SECRET, "SHARED": SHARED}

PORTAL: dict[str, Any] = {
    "kind": "standard",
    "secrets": ["env:GATE", "env:GATE_OLD"],
    "verbs": ["create", "delete"],
    "clusters": ["w*"],
    "sites": ["simulated"],
    "trust_sender": True,
}
SETTINGS: dict[str, Any] = {
    "networks": ["127.0.0.0/8"],
    "approvers": {
        "alice": {"tokens": [hashed(ALICE)]},
        "bob": {"tokens": [hashed(BOB)], "clusters": ["prod-*"]},
    },
    "sources": {"portal": PORTAL},
}


def intent(**changed: Any) -> dict[str, Any]:
    given = {
        "ticket": "CHG0042",
        "revision": "1",
        "verb": "create",
        "cluster": "w01",
        "spec": "spec",
        "requested_by": "carol",
    }
    return given | changed


def delete_intent(**changed: Any) -> dict[str, Any]:
    return intent(verb="delete", confirm="w01") | changed


@dataclass
class Clock:
    """The time, and how much later it is pretended to be."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True)
class Gate:
    """A running gateway."""

    url: str
    desk: Desk
    clock: Clock
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def send(self, content: object, **options: Any) -> httpx.Response:
        """Send signed with Standard Webhooks to /v1/intents."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        path = options.pop("path", "/v1/intents")
        headers = signed(body, **options)
        return self.http.post(f"{self.url}{path}", content=body, headers=headers)

    def post(
        self, source: str, content: object, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.http.post(
            f"{self.url}/v1/sources/{source}", content=body, headers=headers or {}
        )

    def approve(self, token: str, **wanted: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.http.post(f"{self.url}/v1/approvals", json=wanted, headers=headers)

    def agree(self, token: str, intent_id: str) -> httpx.Response:
        """Approve what the intent shows, as somebody who looked at it."""
        shown = self.show(intent_id)
        wanted = {"intent": intent_id, "cluster": shown["cluster"], "plan": shown["plan_hash"]}
        return self.approve(token, **wanted)

    def show(self, intent_id: str) -> dict[str, Any]:
        answer = self.http.get(f"{self.url}/v1/intents/{intent_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def wait_for(self, intent_id: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            shown = self.show(intent_id)
            return shown if shown["state"] in states else None

        found: dict[str, Any] = wait_for(look, seconds)
        return found

    def work(self) -> int:
        """Let the worker do all that is due now; returns how many things it did."""
        done = 0
        while self.desk.worker.step():
            done += 1
        return done


def signed(
    body: bytes, secret: str = SECRET, identity: str | None = None, at: float | None = None
) -> dict[str, str]:
    identity = identity or f"msg_{uuid4().hex}"
    stamp = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, stamp, body.decode()),
        "content-type": "application/json",
    }


def hub_signature(body: bytes, secret: str = SHARED) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def write_settings(home: Path, **changed: Any) -> None:
    home.mkdir(exist_ok=True, parents=True)
    (home / "gateway.yaml").write_text(yaml.safe_dump(SETTINGS | changed))


@contextmanager
def gate(home: Path, *, works: bool = False, **changed: Any) -> Iterator[Gate]:
    """Serve a gateway until the block ends; `works` starts its worker too."""
    write_settings(home, **changed)
    clock = Clock()
    made = open_desk(Home(home), ENVIRONMENT, clock)
    serving = server(made, Address(port=0))
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: serving.started)
        port = serving.servers[0].sockets[0].getsockname()[1]
        running = Gate(f"http://127.0.0.1:{port}", made, clock)
        if works:
            with working(made):
                yield running
        else:
            yield running
    finally:
        serving.should_exit = True
        thread.join(30)
        made.store.close()
