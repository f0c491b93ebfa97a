"""TCP connects, with what came back told apart."""

from __future__ import annotations

import contextlib
import enum
import errno
import select
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


class Seen(enum.StrEnum):
    """What a connect came to. The first three say that somebody answered."""

    CONNECTED = "connected"
    REFUSED = "refused (by the address, or by a firewall that resets for it)"
    RESET = "reset (by the address, or by a firewall that resets for it)"
    TIMEOUT = "no answer"
    UNREACHABLE = "no such host, says the network"
    NO_ROUTE = "this machine has no route to it"


ANSWERED = frozenset({Seen.CONNECTED, Seen.REFUSED, Seen.RESET})

_MEANING = {
    0: Seen.CONNECTED,
    errno.EISCONN: Seen.CONNECTED,
    errno.ECONNREFUSED: Seen.REFUSED,
    errno.ECONNRESET: Seen.RESET,
    errno.ECONNABORTED: Seen.RESET,
    errno.ETIMEDOUT: Seen.TIMEOUT,
    errno.EHOSTUNREACH: Seen.UNREACHABLE,
    errno.EHOSTDOWN: Seen.UNREACHABLE,
    errno.ENETUNREACH: Seen.NO_ROUTE,
    errno.EADDRNOTAVAIL: Seen.NO_ROUTE,
    errno.EAFNOSUPPORT: Seen.NO_ROUTE,
    errno.EINVAL: Seen.NO_ROUTE,
    # A rule on this machine itself forbids to ask.
    errno.EPERM: Seen.NO_ROUTE,
    errno.EACCES: Seen.NO_ROUTE,
}


@dataclass(frozen=True, slots=True)
class Address:
    """A numeric address: its family, and as sockets write it without a port."""

    family: socket.AddressFamily
    host: str
    scope: int = 0

    def at(self, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
        """Return the address of a port, as `connect` takes it."""
        if self.family is socket.AF_INET6:
            return (self.host, port, 0, self.scope)
        return (self.host, port)


def connect_all(address: Address, ports: Sequence[int], deadline: float) -> Mapping[int, Seen]:
    """Return what a connect to each port comes to; all are tried at once, for `deadline` seconds.

    A connection that is made is closed at once; nothing is sent over it.
    """
    found: dict[int, Seen] = {}
    with contextlib.ExitStack() as stack:
        waiting = dict(_begun(stack, address, ports, found))
        for sock, port in _finished(waiting, deadline):
            found[port] = _meaning(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    return {port: found.get(port, Seen.TIMEOUT) for port in ports}


def _begun(
    stack: contextlib.ExitStack, address: Address, ports: Sequence[int], found: dict[int, Seen]
) -> Iterator[tuple[socket.socket, int]]:
    """Yield the connects under way; those that are answered at once go into `found`."""
    for port in dict.fromkeys(ports):
        sock = stack.enter_context(socket.socket(address.family, socket.SOCK_STREAM))
        sock.setblocking(False)
        code = sock.connect_ex(address.at(port))
        if code in (errno.EINPROGRESS, errno.EAGAIN):
            yield sock, port
        else:
            found[port] = _meaning(code)


def _finished(
    waiting: dict[socket.socket, int], deadline: float
) -> Iterator[tuple[socket.socket, int]]:
    end = time.monotonic() + deadline
    poll = select.poll()
    by_number = {sock.fileno(): sock for sock in waiting}
    for number in by_number:
        poll.register(number, select.POLLOUT)
    while by_number and (left := end - time.monotonic()) > 0:
        for number, _ in poll.poll(left * 1000):
            poll.unregister(number)
            sock = by_number.pop(number)
            yield sock, waiting[sock]


def _meaning(code: int) -> Seen:
    return _MEANING.get(code, Seen.UNREACHABLE)
