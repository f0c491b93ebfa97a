"""Ports of the loopback interface for servers that are started a moment later."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_FIRST = 20_000
_GIVEN_BY_THE_KERNEL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port that nobody listens on, and that the kernel gives to nobody.

    One of the kernel's own range may be given to any connection before the server starts.
    """
    below = int(_GIVEN_BY_THE_KERNEL.read_text().split()[0])
    candidates = range(min(_FIRST, below // 2), below)
    for port in random.sample(candidates, k=100):
        if _can_be_bound(port):
            return port
    raise OSError(f"no free port of {LOOPBACK} between {candidates.start} and {below}")


def _can_be_bound(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
