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


def test_one_peer_holds_half_of_the_places_at_most_with_bodies_that_are_on_their_way(
    tmp_path: Path,
):
    with (
        gate(tmp_path, limits=PATIENT | {"at_once": 4}) as running,
        begun(running, "/v1/intents"),
        begun(running, "/v1/intents"),
        begun(running, "/v1/intents") as third,
    ):
        assert status(third) == 429
        answer = running.http.get(f"{running.url}/v1/intents/none")
        assert answer.status_code == httpx.codes.NOT_FOUND


def test_whoever_may_not_send_is_not_waited_for(tmp_path: Path):
    limits = PATIENT | {"per_second": 0.1, "burst": 1, "at_once": 8}
    with (
        gate(tmp_path, limits=limits) as running,
        begun(running, "/v1/sources/nobody") as unknown,
        begun(running, "/v1/intents"),
        begun(running, "/v1/intents") as too_many,
    ):
        assert status(unknown) == 404
        assert status(too_many) == 429


def test_looking_at_intents_is_counted_too(tmp_path: Path):
    with gate(tmp_path, limits={"per_second": 0.1, "burst": 2}) as running:
        url = f"{running.url}/v1/intents/none"
        answers = [running.http.get(path).status_code for path in (url, f"{url}/run", url)]
    assert answers == [404, 404, 429]


def ended(made: socket.socket) -> float:
    """Send a byte of something now and then; return the seconds until the gateway hangs up."""
    began = time.monotonic()
    made.settimeout(0.2)
    while time.monotonic() - began < 30:
        try:
            made.sendall(b"x")
            while made.recv(4096):
                pass
        except TimeoutError:
            continue
        except OSError:
            pass
        return time.monotonic() - began
    raise AssertionError("it waits for ever")


@pytest.mark.parametrize(
    "beginning",
    [b"", b"POST /v1/intents HTTP/1.1\r\nX: "],
    ids=["nothing", "a head that does not end"],
)
def test_a_request_that_does_not_begin_in_time_is_hung_up_on(tmp_path: Path, beginning: bytes):
    with gate(tmp_path, limits={"head_seconds": 1}) as running:
        place = urlsplit(running.url)
        with socket.create_connection((place.hostname, place.port)) as made:
            made.sendall(beginning)
            assert ended(made) < 20


def test_a_body_that_goes_on_after_its_refusal_is_hung_up_on(tmp_path: Path):
    with (
        gate(tmp_path, limits={"head_seconds": 1}) as running,
        begun(running, "/v1/approvals", bearer("nobody's")) as slow,
    ):
        assert status(slow) == 401
        assert ended(slow) < 20


def test_a_request_that_is_answered_late_keeps_its_connection(tmp_path: Path):
    limits = {"head_seconds": 1, "body_seconds": 3}
    with gate(tmp_path, limits=limits) as running, begun(running, "/v1/intents") as slow:
        assert status(slow) == 413
