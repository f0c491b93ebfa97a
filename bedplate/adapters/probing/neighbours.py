"""Who answers below TCP: an echo (ICMP), and the link's neighbour table (ARP)."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

from bedplate.adapters.probing.tcp import Address

ARP_TABLE = Path("/proc/net/arp")
COMPLETE = 0x2  # the flag of an entry whose hardware address is known
DISCARD = 9  # a datagram to this port asks the link for its neighbour, and asks nothing of it
NOBODY = "00:00:00:00:00:00"

ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}
PROTOCOL = {
    socket.AF_INET: socket.getprotobyname("icmp"),
    socket.AF_INET6: socket.IPPROTO_ICMPV6,
}


def echoes(address: Address, deadline: float) -> bool | None:
    """Say whether the address answers an echo within `deadline` seconds; None: may not ask.

    Asks with a socket where this user may have one, else with `ping` where there is one.
    """
    sock = _socket(address.family)
    if sock is None:
        return _ping(address, deadline)
    with sock:
        return _echo(sock, address, deadline)


def _socket(family: socket.AddressFamily) -> socket.socket | None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with contextlib.suppress(OSError):  # this user may not have one
            return socket.socket(family, kind, PROTOCOL[family])
    return None


def _echo(sock: socket.socket, address: Address, deadline: float) -> bool:
    request, reply = ECHO[address.family]
    token = os.urandom(8)
    sock.setblocking(False)
    try:
        sock.sendto(_packet(request, token), address.at(0))
    except OSError:  # there is no way to it
        return False
    end = time.monotonic() + deadline
    while (left := end - time.monotonic()) > 0:
        if not select.select([sock], [], [], left)[0]:
            break
        try:
            data, sender = sock.recvfrom(1024)
        except OSError:  # the network says that there is no such host
            return False
        if sock.family is socket.AF_INET and sock.type is socket.SOCK_RAW:
            data = data[(data[0] & 0xF) * 4 :]
        if data[0] == reply and data.endswith(token) and sender[0] == address.host:
            return True
    return False


def _packet(kind: int, token: bytes) -> bytes:
    """The checksum counts for raw IPv4 sockets only; the kernel fills in that of all others."""
    body = struct.pack("!HH", os.getpid() & 0xFFFF, 1) + token
    return struct.pack("!BBH", kind, 0, _checksum(struct.pack("!BBH", kind, 0, 0) + body)) + body


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _ping(address: Address, deadline: float) -> bool | None:
    program = shutil.which("ping")
    if program is None:
        return None
    seconds = max(1, round(deadline))
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [program, "-n", "-c", "1", "-W", str(seconds), address.host],
            capture_output=True,
            timeout=seconds + 2,
            check=False,
        )
        # 0: an answer; 1: none; 2: ping itself could not ask.
        return {0: True, 1: False}.get(done.returncode)
    return None


def poke(address: Address) -> None:
    """Send an empty datagram, so that the link asks for this neighbour; nobody need answer it."""
    with contextlib.suppress(OSError), socket.socket(address.family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.sendto(b"", address.at(DISCARD))


def hardware_address(address: Address) -> str:
    """Return the neighbour's hardware address; empty where it has none on this machine's links."""
    if address.family is socket.AF_INET:
        return _from_arp_table(address.host)
    return _from_neighbour_list(address.host)


def _from_arp_table(host: str) -> str:
    try:
        lines = ARP_TABLE.read_text().splitlines()[1:]
    except OSError:
        return ""
    for line in lines:
        fields = line.split()
        if len(fields) >= 4 and fields[0] == host:
            known = int(fields[2], 16) & COMPLETE and fields[3] != NOBODY
            return fields[3] if known else ""
    return ""


def _from_neighbour_list(host: str) -> str:
    program = shutil.which("ip")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "-6", "neigh", "show", "to", host],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"lladdr (\S+) .*(?:REACHABLE|STALE|DELAY|PROBE|PERMANENT)", done.stdout)
    return found[1] if found else ""
