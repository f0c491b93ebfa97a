"""What one peer can take from the others: memory, time, places."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.flows.server import wait_for
from tests.gateway.gate import ALICE, Gate, gate

QUICK = {"body_seconds": 0.5, "body_bytes": 2048}
PATIENT = {"body_seconds": 60, "at_once": 1}


@contextmanager
def begun(running: Gate, path: str, *headers: str) -> Iterator[socket.socket]:
    """A request that announces a body and sends one byte of it."""
    place = urlsplit(running.url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as made:
        lines = [f"POST {path} HTTP/1.1", "Host: gateway", "Content-Length: 1000", *headers]
        made.sendall("\r\n".join([*lines, "", "{"]).encode())
        yield made


def status(made: socket.socket) -> int:
    return int(made.recv(4096).split()[1])


def bearer(token: str) -> str:
    return f"Authorization: Bearer {token}"


def test_an_approval_that_does_not_arrive_in_time_is_refused(tmp_path: Path):
    with (
        gate(tmp_path, limits=QUICK) as running,
        begun(running, "/v1/approvals", bearer(ALICE)) as slow,
    ):
        assert status(slow) == 413


def test_a_large_approval_is_refused(tmp_path: Path):
    with gate(tmp_path, limits=QUICK) as running:
        answer = running.approve(ALICE, intent="0" * 32, cluster="w" * 5000)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("header", ["Accept: */*", bearer("nobody's")])
def test_whoever_has_no_token_is_not_waited_for(tmp_path: Path, header: str):
    with (
        gate(tmp_path, limits=PATIENT) as running,
        begun(running, "/v1/approvals", header) as slow,
    ):
        began = time.monotonic()
        assert status(slow) == 401
        assert time.monotonic() - began < 10


def test_many_approvals_are_counted_before_they_are_read(tmp_path: Path):
    with gate(tmp_path, limits={"per_second": 0.1, "burst": 2}) as running:
        answers = [running.approve("nobody's", intent="no") for _ in range(3)]
    assert [one.status_code for one in answers] == [401, 401, 429]


def test_an_approval_that_says_nothing_is_explained_and_not_quoted(portal: Gate):
    answer = portal.approve(ALICE, intent="in-clear", cluster="w01")
    assert (answer.status_code, answer.json()["code"]) == (422, "INTENT_INVALID")
    assert "intent" in answer.json()["seen"]
    assert "in-clear" not in answer.text


def test_the_health_is_told_while_every_place_is_taken(tmp_path: Path):
    with (
        gate(tmp_path, limits=PATIENT) as running,
        begun(running, "/v1/intents"),
    ):

        def shut_out() -> bool:
            answer = running.http.get(f"{running.url}/v1/intents/none")
            return answer.status_code == httpx.codes.TOO_MANY_REQUESTS

        wait_for(shut_out, 20)
        assert running.http.get(f"{running.url}/healthz").json() == {"status": "ok"}
