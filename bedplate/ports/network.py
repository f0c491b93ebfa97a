"""What the administrative machine sees of the network."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Trust(enum.StrEnum):
    """What a server's certificate is worth to whoever asked."""

    TRUSTED = "trusted"
    SELF_SIGNED = "self-signed"
    UNKNOWN_AUTHORITY = "signed by an authority that is not known here"
    WRONG_NAME = "made out to another name"
    EXPIRED = "not valid at this time"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate as shown in a handshake. Thumbprints as vSphere writes them."""

    trust: Trust
    subject: str
    issuer: str
    not_after: float
    sha1: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer's status; 401 and 403 are answers too. `reason` says why there was none."""

    status: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """How to get to a server: through which proxy, trusting whom, and as whom.

    `authority` (PEM) takes the place of the system's authorities; `insecure` trusts anybody.
    """

    proxy: str = ""
    authority: str = ""
    insecure: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


DOUBT = "firewall"


def is_certain(evidence: str) -> bool:
    """Say whether evidence proves that an address is used.

    A reset, or a connection to a port that nobody uses, may come from a firewall in between; the
    text says so then.
    """
    return DOUBT not in evidence


class Network(Protocol):
    """Probes that send a few packets and change nothing; each has its own deadline."""

    def answers(self, host: str, ports: Sequence[int]) -> Sequence[str]:
        """Return the evidence that something uses the address, such as "tcp 6443 connected".

        TCP connects to each port, and an echo or a neighbour's answer where the machine may ask for
        one. A refused connection is evidence too; a firewall that resets is told as what was seen.
        """
        ...

    def resolve(self, name: str) -> Sequence[str]:
        """Return the addresses of a name, in order; empty where it has none."""
        ...

    def certificate(self, host: str, port: int, *, authority: str = "") -> Certificate | None:
        """Return a server's certificate, checked against `authority` (PEM) or the system's.

        None where nothing answers with TLS.
        """
        ...

    def fetch(self, url: str, *, proxy: str = "", authority: str = "") -> Answer:
        """Ask for a URL's head, through a proxy where one is given."""
        ...

    def fetch_all(self, urls: Sequence[str], access: Access) -> Sequence[Answer]:
        """Ask for the heads of many URLs, several at a time; the answers are in the same order.

        A registry's challenge is answered: as `access.user`, or as anybody where there is none.
        """
        ...
