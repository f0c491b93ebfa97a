"""The network of a simulated world: which addresses answer, which names and servers there are.

Every name has an address, every server shows a certificate that is trusted and answers 200, until
somebody says otherwise with `hide_name`, `show_certificate` or `answer_with`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from bedplate.ports.network import Access, Answer, Certificate, Trust
from bedplate.simulation import faults, vms
from bedplate.simulation.store import EPOCH, Tx
from bedplate.simulation.world import World

API_PORT = 6443
SSH_PORT = 22
ETCD_PORT = 2379
SERVING = (API_PORT, ETCD_PORT)

# Names get addresses from the lower half of the range that RFC 2544 reserves for such tests.
SERVERS = ipaddress.ip_network("198.18.0.0/16")
YEAR = 365 * 24 * 3600.0

# Under these names the world keeps what differs from the usual, as JSON.
HIDDEN, CERTIFICATES, ANSWERS = "network/hidden", "network/certificates", "network/answers"


class SimulatedNetwork:
    """Probes of addresses in a simulated world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answers(self, host: str, ports: Sequence[int]) -> Sequence[str]:
        """Return the evidence that something uses the address."""
        with self._world.snapshot() as tx:
            return _evidence(tx, host, ports)

    def resolve(self, name: str) -> Sequence[str]:
        """Return the addresses of a name, in order; empty where it has none."""
        with self._world.snapshot() as tx:
            return () if _is_hidden(tx, name) else (_address(name),)

    def certificate(self, host: str, port: int, *, authority: str = "") -> Certificate | None:
        """Return a server's certificate; an authority that is given has signed it."""
        with self._world.snapshot() as tx:
            kept = _kept(tx, CERTIFICATES).get(f"{host}:{port}", "")
            machine = _machine_at(tx, host)
        if kept is None or (machine is not None and port not in SERVING):
            return None
        # kubeadm makes a machine's certificates when it joins.
        made = _certificate(
            host, EPOCH + 10 * YEAR if machine is None else machine.joined_at + YEAR
        )
        return replace(made, trust=Trust(kept)) if kept else made

    def fetch(self, url: str, *, proxy: str = "", authority: str = "") -> Answer:
        """Ask for a URL's head."""
        return self.fetch_all((url,), Access(proxy=proxy, authority=authority))[0]

    def fetch_all(self, urls: Sequence[str], access: Access) -> Sequence[Answer]:
        """Ask for the heads of many URLs."""
        with self._world.snapshot() as tx:
            kept = _kept(tx, ANSWERS)
            return tuple(_answer(tx, kept, url, access.proxy) for url in urls)


# -- what can be done to it ----------------------------------------------------------------------


def hide_name(world: World, name: str) -> None:
    """Let a name have no address; whoever is asked for it is out of reach by that name."""
    _keep(world, HIDDEN, name, "")


def show_certificate(world: World, host: str, port: int, trust: Trust | None) -> None:
    """Let a server's certificate be worth this; None: nothing answers with TLS there."""
    _keep(world, CERTIFICATES, f"{host}:{port}", trust)


def answer_with(world: World, url: str, answer: Answer) -> None:
    """Answer requests for a URL, or a pattern with `*`, so; the newest pattern that fits counts."""
    _keep(world, ANSWERS, url, json.dumps(asdict(answer)))


def _keep(world: World, table: str, name: str, value: str | None) -> None:
    with world.transaction() as tx:
        kept = _kept(tx, table)
        kept.pop(name, None)  # so that it comes last
        kept[name] = value
        tx.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", table, json.dumps(kept))


def _kept(tx: Tx, table: str) -> dict[str, str | None]:
    found: dict[str, str | None] = json.loads(tx.text(table) or "{}")
    return found


# -- what there is -------------------------------------------------------------------------------


def _evidence(tx: Tx, host: str, ports: Sequence[int]) -> list[str]:
    if faults.is_taken(tx, host):
        return [f"tcp {port} connected" for port in ports]
    holder = vms.endpoint_holder(tx, host)
    if holder is not None:
        return [f"tcp {p} connected ({holder.name})" for p in ports if p in (API_PORT, SSH_PORT)]
    leased = tx.one("SELECT vm FROM addresses WHERE host = ?", host)
    machine = vms.by_uuid(tx, leased[0]) if leased is not None else None
    if machine is not None and machine.powered_on and machine.booted_at <= tx.now:
        return [f"tcp {port} connected ({machine.name})" for port in ports if port == SSH_PORT]
    return []


def _machine_at(tx: Tx, host: str) -> vms.Machine | None:
    """Return the machine that has an address, or holds a cluster's, or None."""
    holder = vms.endpoint_holder(tx, host)
    leased = tx.one("SELECT vm FROM addresses WHERE host = ?", host)
    return holder or (vms.by_uuid(tx, leased[0]) if leased is not None else None)


def _is_hidden(tx: Tx, name: str) -> bool:
    return any(fnmatchcase(name, hidden) for hidden in _kept(tx, HIDDEN))


def _address(name: str) -> str:
    """An address is its own; a name always gets the same one."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        digest = hashlib.sha256(name.encode()).digest()
        return str(SERVERS[1 + int.from_bytes(digest[:2], "big") % (SERVERS.num_addresses - 2)])


def _certificate(host: str, until: float) -> Certificate:
    return Certificate(
        trust=Trust.TRUSTED,
        subject=f"CN={host}",
        issuer="CN=Simulated authority",
        not_after=until,
        sha1=_thumbprint("sha1", host),
        sha256=_thumbprint("sha256", host),
    )


def _thumbprint(algorithm: str, host: str) -> str:
    digest = hashlib.new(algorithm, host.encode(), usedforsecurity=False)
    return digest.digest().hex(":").upper()


def _answer(tx: Tx, kept: dict[str, str | None], url: str, proxy: str) -> Answer:
    """A proxy that is asked resolves the server's name itself."""
    asked = proxy or url
    host = urlsplit(asked if "://" in asked else f"//{asked}").hostname or ""
    if _is_hidden(tx, host):
        return Answer(None, f"{host} has no address")
    for pattern, answer in reversed(kept.items()):
        if answer and fnmatchcase(url, pattern):
            return Answer(**json.loads(answer))
    return Answer(200)
