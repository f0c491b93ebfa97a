"""HTTP out of the gateway: only to addresses that are meant, never to where a name is bent to."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import httpx

from bedplate.errors import Owner, PermanentError, TemporaryError
from deployments.gateway.bounded import BoundedTransport
from deployments.gateway.settings import Network
from deployments.gateway.standard_webhooks import ID, SIGNATURE, TIMESTAMP, signing_key

SECONDS = 15.0
# What holds an IPv4 address in its last 32 bits: NAT64 (RFC 6052) and "compatible" addresses.
TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215: where is not known


class GuardedTransport(httpx.BaseTransport):
    """Resolves a name once, refuses addresses that are not meant, and connects to what it checked.

    Public addresses are meant; private ones only where `networks` has them. Redirects are never
    followed, since the client that uses this does not. Answers are bounded in bytes and in time.
    """

    def __init__(self, networks: Sequence[Network], seconds: float) -> None:
        self._networks = networks
        self._inner = BoundedTransport(seconds)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the address that was checked."""
        host = request.url.host
        address = self._address(host, request.url.port or 443)
        # The name stays in the Host header and in TLS, where the certificate is checked against it.
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        self._inner.close()

    def _address(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(f"{host} has no address: {error.strerror}") from None
        addresses = [str(row[4][0]) for row in found]
        for address in addresses:
            if not is_meant(address, self._networks):
                raise forbidden(host)
        return addresses[0]


def is_meant(address: str, networks: Sequence[Network]) -> bool:
    """Say whether the gateway may talk to an address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if any(found in network for network in networks):
        return True
    if isinstance(found, ipaddress.IPv6Address):
        if found in LOCAL_TRANSLATION:
            return False
        inside = _inside(found)
        if inside is not None:
            return is_meant(str(inside), networks)
    return found.is_global and not found.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a translator or a tunnel makes of an IPv6 one."""
    if any(address in network for network in TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def forbidden(host: str) -> PermanentError:
    """Return the refusal to talk to an address."""
    return PermanentError(
        "ADDRESS_FORBIDDEN",
        f"{host} has an address that the gateway may not talk to",
        why="a name that leads inside could make the gateway ask machines for others",
        remedy="add its network to networks in gateway.yaml, if it is meant",
        owner=Owner.PLATFORM,
    )


def client(base: str, networks: Sequence[Network], seconds: float = SECONDS) -> httpx.Client:
    """Return a client for one address, each call within `seconds`, that follows no redirect."""
    return httpx.Client(
        base_url=base,
        transport=GuardedTransport(networks, seconds),
        timeout=seconds,
        follow_redirects=False,
        trust_env=False,
    )


class Caller:
    """Tells a source's callback, signed with Standard Webhooks, in the envelope of CloudEvents."""

    def __init__(
        self, http: httpx.Client, url: str, secret: str, clock: Callable[[], float]
    ) -> None:
        self._http, self._url, self._clock = http, url, clock
        self._key = signing_key(secret)

    def tell(self, identity: str, body: Mapping[str, str]) -> None:
        """Deliver a message; raises TemporaryError until the reader says that it has it."""
        now = datetime.fromtimestamp(int(self._clock()), UTC)
        text = json.dumps(
            {
                "specversion": "1.0",
                "id": identity,
                "source": "bedplate/gateway",
                "type": "bedplate.intent.changed.v1",
                "subject": body.get("cluster", ""),
                "time": now.isoformat(),
                "datacontenttype": "application/json",
                "data": dict(body),
            },
            sort_keys=True,
        )
        headers = {
            ID: identity,
            TIMESTAMP: str(int(now.timestamp())),
            SIGNATURE: self._key.sign(identity, now, text),
            "content-type": "application/cloudevents+json",
        }
        try:
            answer = self._http.post(self._url, content=text.encode(), headers=headers)
        except httpx.HTTPError as error:
            raise _not_taken(type(error).__name__) from None
        if not answer.is_success:
            raise _not_taken(f"status {answer.status_code}")


def _not_taken(seen: str) -> TemporaryError:
    return TemporaryError(
        "CALLBACK_NOT_TAKEN",
        f"the callback did not take the message: {seen}",
        why="it is told again until it does",
        remedy="check the callback in gateway.yaml",
        owner=Owner.PLATFORM,
    )
