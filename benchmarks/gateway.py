"""Deliveries to the gateway: how fast they are answered, and that each wish counts once.

10,000 deliveries of 100 intents, shuffled: repeated, replayed under other ids, forged, tampered
with, and out of time. The gateway is a process of its own, without a worker's work in Prefect.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from standardwebhooks.webhooks import Webhook

from benchmarks.table import print_table
from deployments.gateway.store import Store
from deployments.gateway.tokens import new_secret

DELIVERIES, INTENTS, PER_SECOND, SENDERS = 10_000, 100, 200, 32
PORT = 42_801
SETTINGS = """
limits: {per_second: 100000, burst: 100000}
sources:
  portal: {kind: standard, secrets: ["env:BENCH"], verbs: [create], trust_sender: true}
"""
KINDS = {"good": 60, "replayed": 20, "forged": 10, "tampered": 5, "out of time": 5}
# Prefect is not there: the worker tries in vain, which is part of what the machine has to do.
NOWHERE = "http://127.0.0.1:9/api"


@dataclass(frozen=True)
class Sent:
    """A delivery, ready to be sent."""

    kind: str
    body: bytes
    headers: dict[str, str]


def make(number: int, secret: str, chance: random.Random) -> Sent:
    """Return a delivery of one of the intents."""
    wish = number % INTENTS
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    intent = {"ticket": f"CHG{wish}", "revision": "1", "verb": "create"}
    intent |= {"cluster": f"c{wish}", "spec_file": "c.yaml"}
    body = json.dumps(intent).encode()
    identity = f"msg_{wish}" if kind == "good" else f"msg_{number}"
    at = time.time() - (3600 if kind == "out of time" else 0)
    key = new_secret() if kind == "forged" else secret
    stamp = datetime.fromtimestamp(int(at), UTC)
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": Webhook(key).sign(identity, stamp, body.decode()),
    }
    return Sent(kind, body.replace(b"CHG", b"INC") if kind == "tampered" else body, headers)


def send_all(client: httpx.Client, deliveries: list[Sent]) -> list[tuple[str, int, float]]:
    """Send at the rate, each from when it was due: a slow answer does not slow the next one."""
    begun, pause = time.monotonic(), threading.Event()

    def send(number: int) -> tuple[str, int, float]:
        due = begun + number / PER_SECOND
        pause.wait(max(0.0, due - time.monotonic()))
        one = deliveries[number]
        answer = client.post("/v1/intents", content=one.body, headers=one.headers)
        return one.kind, answer.status_code, time.monotonic() - due

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(send, range(len(deliveries))))


def wait_until_it_answers(client: httpx.Client) -> None:
    """Return once the gateway answers."""
    pause, deadline = threading.Event(), time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            client.get("/healthz")
        except httpx.HTTPError:
            pause.wait(0.2)
        else:
            return
    raise TimeoutError("the gateway does not answer")


def main() -> None:
    """Print how many were taken, how fast, and what became of them."""
    secret, chance = new_secret(), random.Random(1)
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "gateway.yaml").write_text(SETTINGS)
        gateway = subprocess.Popen(
            [sys.executable, "-m", "deployments.cli.main", "gateway", "serve", "--port", str(PORT)],
            env={**os.environ, "BEDPLATE_HOME": home, "BENCH": secret, "PREFECT_API_URL": NOWHERE},
            stdout=subprocess.DEVNULL,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=30) as client:
                wait_until_it_answers(client)
                deliveries = [make(number, secret, chance) for number in range(DELIVERIES)]
                chance.shuffle(deliveries)
                answers = send_all(client, deliveries)
        finally:
            gateway.terminate()
            gateway.wait(60)
        store = Store(f"sqlite:///{home}/gateway.sqlite")
        faults = len(store.verify_audit())
        store.close()
    show(answers, faults)


def show(answers: list[tuple[str, int, float]], faults: int) -> None:
    """Print the tables."""
    seconds = sorted(taken for _, _, taken in answers)
    taken_anew = sum(status == 202 for _, status, _ in answers)
    wrong = sum(k not in ("good", "replayed") and s < 400 for k, s, _ in answers)
    rows = [
        ("new intents (exactly 100)", str(taken_anew)),
        ("forged, tampered or old, and taken (0)", str(wrong)),
        ("faults of the audit (0)", str(faults)),
        ("median", f"{seconds[len(seconds) // 2] * 1000:.1f} ms"),
        ("p95 (goal: at most 50 ms)", f"{seconds[len(seconds) * 95 // 100] * 1000:.1f} ms"),
        ("p99", f"{seconds[len(seconds) * 99 // 100] * 1000:.1f} ms"),
        ("worst", f"{seconds[-1] * 1000:.1f} ms"),
    ]
    title = f"{DELIVERIES} deliveries of {INTENTS} intents at {PER_SECOND} a second"
    print_table(title, ("", "measured"), rows)
    counts = Counter((kind, status) for kind, status, _ in answers)
    found = [(kind, str(status), str(n)) for (kind, status), n in sorted(counts.items())]
    print_table("what was answered", ("delivery", "status", "times"), found)


if __name__ == "__main__":
    main()
