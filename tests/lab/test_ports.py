"""Ports for servers that are started a moment later."""

import random
import socket
from pathlib import Path

from lab.ports import LOOPBACK, free_port


def test_a_free_port_is_none_that_a_connection_could_be_given():
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 < free_port() < lowest for _ in range(50))


def test_a_port_that_is_listened_on_is_not_free(monkeypatch):
    with socket.create_server((LOOPBACK, 0)) as server:
        taken = server.getsockname()[1]
        tried = [taken, *range(20_001, 20_100)]
        monkeypatch.setattr(random, "sample", lambda *_, k: tried[:k])
        assert free_port() in tried[1:]
