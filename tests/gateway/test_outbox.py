"""What tickets and callbacks are told: from the outbox, once, however long they are away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from bedplate.errors import PermanentError
from deployments.gateway.outgoing import client, is_meant
from tests.flows.conftest import SPEC
from tests.gateway.gate import PORTAL, SECRET, Gate, delete_intent, gate, intent
from tests.gateway.test_tickets import at_jira, issue, jira, send

__all__ = ["at_jira", "jira"]

HOUR = 3600.0


class Listener:
    """A callback that keeps what it is told; `refuses` so many times first."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.refuses = 0
        self.url = ""


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    with listening(made):
        yield made


@contextmanager
def listening(made: Listener) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
            made.refuses -= 1
            self.send_response(503 if made.refuses >= 0 else 204)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def told(listener: Listener, tmp_path: Path) -> Iterator[Gate]:
    callback = {"url": listener.url, "secret": "env:GATE"}
    with gate(tmp_path, sources={"portal": PORTAL | {"callback": callback}}) as running:
        yield running


def refuse_in_worker(running: Gate) -> str:
    """An intent that only the worker can refuse: its specification is none."""
    sent: str = running.send(intent(spec="no: specification")).json()["intent"]
    return sent


def test_a_callback_is_told_signed_and_in_an_envelope(told: Gate, listener: Listener):
    sent = refuse_in_worker(told)
    told.work()

    ((headers, body),) = listener.told
    event = Webhook(SECRET).verify(body, headers)
    assert (event["specversion"], event["type"]) == ("1.0", "bedplate.intent.changed.v1")
    assert (event["data"]["intent"], event["data"]["state"]) == (sent, "refused")
    assert SECRET.removeprefix("whsec_").encode() not in body


def test_a_callback_that_is_away_is_told_later_and_then_no_more(told: Gate, listener: Listener):
    listener.refuses = 3
    refuse_in_worker(told)
    for _ in range(10):
        told.work()
        told.clock.ahead += 400.0

    assert len(listener.told) == 4
    ids = {headers["webhook-id"] for headers, _ in listener.told}
    assert len(ids) == 1


def test_an_intent_that_goes_on_waiting_is_told_of_once(told: Gate, listener: Listener):
    sent = told.send(delete_intent(spec=SPEC)).json()
    for _ in range(5):
        told.work()
        told.clock.ahead += 100.0

    assert told.show(sent["intent"])["state"] == "waiting_for_approval"
    (_, body), *more = listener.told
    assert json.loads(body)["data"]["state"] == "waiting_for_approval"
    assert not more


def test_a_ticket_is_read_once_more_before_anything_starts(at_jira, jira):
    sent = send(at_jira).json()
    assert sent["state"] == "ready"
    jira.fields["OPS-1"] = issue(customfield_1=None)

    at_jira.work()

    shown = at_jira.show(sent["intent"])
    assert (shown["state"], shown["problem"]["code"]) == ("refused", "TICKET_NOT_APPROVED")
    (comment,) = jira.texts("OPS-1")
    assert "was refused; nothing was begun" in comment
    assert jira.fields["OPS-1"]["status"]["name"] == "Blocked"


def test_a_ticket_system_that_is_away_for_an_hour_loses_nothing(at_jira, jira):
    sent = send(at_jira, spec="no: specification").json()
    at_jira.desk.worker._handle(at_jira.desk.store.claim(at_jira.clock()))
    assert at_jira.show(sent["intent"])["state"] == "refused"
    jira.trouble = [(503, {}, b"")] * 8

    for _ in range(12):
        at_jira.work()
        at_jira.clock.ahead += HOUR / 12

    (comment,) = jira.texts("OPS-1")
    assert comment.endswith(f"bedplate {sent['intent']} result")


def test_a_kill_after_a_comment_was_written_does_not_write_it_twice(at_jira, jira):
    send(at_jira, spec="no: specification")
    desk = at_jira.desk
    desk.worker._handle(desk.store.claim(at_jira.clock()))
    message = desk.store.claim_message(at_jira.clock())
    assert message is not None
    desk.worker.teller._deliver(message)  # and killed before it was recorded

    at_jira.clock.ahead += HOUR
    at_jira.work()

    assert len(jira.texts("OPS-1")) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "0.0.0.0",
        "::",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "2002:a00:1::1",
    ],
)
def test_addresses_inside_are_not_meant_unless_they_are_named(address):
    assert not is_meant(address, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "64:ff9b::808:808", "2001:4860:4860::8888"])
def test_public_addresses_are_meant(address):
    assert is_meant(address, ())


def test_a_name_that_leads_inside_is_refused_before_it_is_connected_to():
    with pytest.raises(PermanentError, match="ADDRESS_FORBIDDEN"):
        client("http://localhost:9", ()).get("/")


def test_the_audit_tells_what_was_told(told: Gate, listener: Listener):
    refuse_in_worker(told)
    told.work()
    assert told.desk.store.verify_audit() == ()
    assert told.desk.store.audit_lines() == 5
    assert json.loads(listener.told[0][1])["subject"] == "w01"
