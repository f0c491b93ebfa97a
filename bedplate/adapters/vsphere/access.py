"""Where a vCenter is, and what this machine believes of its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bedplate.errors import Owner, PermanentError

HTTPS = 443


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one vCenter; holds no credential.

    `server` is a host name or address, with a port where it is not 443. `thumbprint` (SHA-1 or
    SHA-256, as vSphere writes it) is believed where this machine does not trust the certificate;
    `insecure` believes any. `datacenter` is where relative folders are. `state` is a folder for the
    key of the open session, so that the next process can end what a killed one left. `patience` is
    the seconds that one call may take, `long` those of a task such as an import.
    """

    server: str
    thumbprint: str = ""
    insecure: bool = False
    datacenter: str = ""
    state: Path | None = None
    patience: float = 60.0
    long: float = 3600.0
    page: int | None = None

    @property
    def host(self) -> str:
        """Return the host without a port."""
        return _split(self.server)[0]

    @property
    def port(self) -> int:
        """Return the port."""
        return _split(self.server)[1]


def _split(server: str) -> tuple[str, int]:
    text = server.strip()
    if text.count(":") > 1 and "[" not in text and "//" not in text:
        text = f"[{text}]"  # an IPv6 address
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise PermanentError(
            "SERVER_INVALID",
            f"{server!r} is no name or address of a vCenter",
            why="the address has to be a host name or an IP address, with a port or without",
            remedy="correct spec.server of the VSphereDatacenterConfig",
            owner=Owner.SPEC_AUTHOR,
        )
    return host, port or HTTPS
