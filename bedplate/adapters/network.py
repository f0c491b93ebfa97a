"""The network as this machine sees it, with sockets alone."""

from __future__ import annotations

import functools
import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bedplate.adapters.probing import neighbours, tls
from bedplate.adapters.probing.http import Courier
from bedplate.adapters.probing.tcp import ANSWERED, Address, Seen, connect_all
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.network import DOUBT, Access, Answer, Certificate

PROBE_SECONDS = 1.5
"""Long enough for a neighbour or a data centre, short enough for an address that nobody has."""

UNUSED_PORT = 47
"""Reserved, so no host has a service there: whoever accepts it answers for others."""

ANSWER_SECONDS = 10.0
AT_ONCE = 8

NO_SUCH_NAME = frozenset(
    {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_ADDRFAMILY}
)


class SystemNetwork:
    """Probes from this machine; deadlines in seconds.

    `ca_file` holds authorities (PEM) that the site trusts beside those of the system.
    """

    def __init__(
        self,
        *,
        probe_seconds: float = PROBE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        ca_file: str = "",
    ) -> None:
        self._ca_file = ca_file
        self._probe = probe_seconds
        self._answer = answer_seconds

    def answers(self, host: str, ports: Sequence[int]) -> Sequence[str]:
        """Return the evidence that something uses the address.

        Raises PermanentError NET_NO_ROUTE where this machine cannot ask at all.
        """
        address = _address(host)
        with ThreadPoolExecutor(max_workers=1) as pool:
            echo = pool.submit(neighbours.echoes, address, self._probe)
            neighbours.poke(address)
            seen = dict(connect_all(address, (*ports, UNUSED_PORT), self._probe))
            echoed = echo.result()
        hardware = neighbours.hardware_address(address)
        found = _answered(seen)
        found += ["icmp echo answered"] if echoed else []
        found += [f"arp: {hardware} on this machine's own network"] if hardware else []
        if not found and seen and set(seen.values()) == {Seen.NO_ROUTE}:
            raise _no_route(host)
        return tuple(found)

    def resolve(self, name: str) -> Sequence[str]:
        """Return the addresses of a name; raises TemporaryError DNS_FAILED where nobody says."""
        answer: queue.SimpleQueue[tuple[str, ...] | OSError] = queue.SimpleQueue()
        # The resolver cannot be interrupted, so it runs where nobody waits for its end.
        threading.Thread(target=_resolve, args=(name, answer), daemon=True).start()
        try:
            found = answer.get(timeout=self._answer)
        except queue.Empty:
            raise _no_resolver(name, f"no answer in {self._answer:.0f} s") from None
        if isinstance(found, OSError):
            if found.errno in NO_SUCH_NAME:
                return ()
            raise _no_resolver(name, found.strerror or str(found)) from found
        return found

    def certificate(self, host: str, port: int, *, authority: str = "") -> Certificate | None:
        """Return a server's certificate, checked against `authority` or the system's."""
        return tls.certificate(host, port, authority, self._answer)

    def fetch(self, url: str, *, proxy: str = "", authority: str = "") -> Answer:
        """Ask for a URL's head, through a proxy where one is given."""
        return self._courier(Access(proxy=proxy, authority=authority)).head(url)

    def fetch_all(self, urls: Sequence[str], access: Access) -> Sequence[Answer]:
        """Ask for the heads of many URLs, several at a time."""
        courier = self._courier(access)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return tuple(pool.map(courier.head, urls))

    def _courier(self, access: Access) -> Courier:
        trusted = Path(self._ca_file).read_text(encoding="utf-8") if self._ca_file else ""
        return Courier(access, self._answer, trusted)


def _address(host: str) -> Address:
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError as error:
        raise PermanentError(
            "ADDRESS_INVALID",
            f"{host!r} is no IP address",
            why="only an address can be asked whether somebody uses it",
            remedy="write the address itself",
            owner=Owner.SPEC_AUTHOR,
        ) from error
    if isinstance(parsed, ipaddress.IPv4Address):
        return Address(socket.AF_INET, str(parsed))
    return Address(socket.AF_INET6, str(parsed).partition("%")[0], _scope(parsed.scope_id))


@functools.cache
def _scope(name: str | None) -> int:
    if not name:
        return 0
    return int(name) if name.isdigit() else socket.if_nametoindex(name)


def _answered(seen: dict[int, Seen]) -> list[str]:
    doubt = ""
    if seen.pop(UNUSED_PORT) is Seen.CONNECTED:
        doubt = f" (as is port {UNUSED_PORT}, so perhaps a {DOUBT} accepts everything)"
    return [
        f"tcp {port} {what}{doubt if what is Seen.CONNECTED else ''}"
        for port, what in seen.items()
        if what in ANSWERED
    ]


def _resolve(name: str, answer: queue.SimpleQueue[tuple[str, ...] | OSError]) -> None:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        answer.put(error)
    except UnicodeError:  # an empty or overlong label: there is no such name
        answer.put(())
    else:
        answer.put(tuple(dict.fromkeys(str(entry[4][0]) for entry in found)))


def _no_route(host: str) -> PermanentError:
    return PermanentError(
        "NET_NO_ROUTE",
        f"this machine has no route to {host}",
        why="whether the address is free cannot be seen from here",
        remedy=f"add a route (see `ip route get {host}`), or check from a machine in its network"
        " and skip this check",
        owner=Owner.NETWORK,
    )


def _no_resolver(name: str, seen: str) -> TemporaryError:
    return TemporaryError(
        "DNS_FAILED",
        f"whether {name} has an address is not known: {seen}",
        why="this machine's name server did not answer",
        remedy=f"see /etc/resolv.conf, and `getent hosts {name}`",
        owner=Owner.NETWORK,
    )
