"""What whoever the gateway asks can take from it: memory, time."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from deployments.gateway.outgoing import client
from tests.gateway.test_tickets import NAMES, at, send

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAUSE = 0.1
LOOPBACK = [ip_network("127.0.0.0/8")]


@contextmanager
def answering(parts: Iterable[bytes], pause: float = 0.0) -> Iterator[str]:
    """A server that answers the first request with these parts, a pause after each."""
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with suppress(OSError):
            made, _ = listening.accept()
            with made:
                made.recv(65536)
                for part in parts:
                    made.sendall(part)
                    if stop.wait(pause):
                        return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        listening.close()
        thread.join(10)


DRIPS = {
    "head": itertools.chain([HEAD], itertools.repeat(b"x")),
    "body": itertools.chain([HEAD + b"\r\n"], itertools.repeat(b" ")),
    "chunks": itertools.chain(
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\nx\r\n")
    ),
}


@pytest.mark.parametrize("where", DRIPS)
def test_an_answer_that_drips_is_given_up_in_time(where: str):
    began = time.monotonic()
    with (
        answering(DRIPS[where], PAUSE) as url,
        client(url, LOOPBACK, 1.0) as http,
        pytest.raises(httpx.HTTPError),
    ):
        http.get("/")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("head", ["", "Transfer-Encoding: chunked"])
def test_an_answer_without_end_is_given_up(head: str):
    block = b"x" * 65536
    parts = itertools.repeat(b"10000\r\n" + block + b"\r\n" if head else block, 1000)
    heads = HEAD + (f"{head}\r\n\r\n" if head else "\r\n").encode()
    with (
        answering(itertools.chain([heads], parts)) as url,
        client(url, LOOPBACK, 60.0) as http,
        pytest.raises(httpx.HTTPError, match="more than"),
    ):
        http.get("/")


def test_an_answer_that_is_packed_is_not_unpacked():
    packed = HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 10**7)
    with (
        answering([packed]) as url,
        client(url, LOOPBACK, 20.0) as http,
        pytest.raises(httpx.HTTPError, match="compressed"),
    ):
        http.get("/")


def test_a_ticket_system_that_drips_keeps_a_delivery_for_seconds_only(tmp_path: Path):
    drip = itertools.chain([HEAD + b"\r\n"], itertools.repeat(b" "))
    with answering(drip, PAUSE) as url:
        rules = NAMES | {"kind": "jira", "url": url, "secret": "vault:jira"}
        with at(tmp_path, "jira-token-1234567", rules) as running:
            began = time.monotonic()
            answer = send(running)
            assert time.monotonic() - began < 15
    assert (answer.status_code, answer.json()["state"]) == (202, "checking")
    assert answer.json()["problem"]["code"] == "TICKETS_UNREACHABLE"
