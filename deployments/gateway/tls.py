"""Lets the application see a client's certificate, which uvicorn itself does not pass on."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, cast

from deployments.gateway.connections import TimedProtocol
from deployments.gateway.intents import sha256
from deployments.gateway.routes import CERTIFICATE

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope


class CertificateProtocol(TimedProtocol):
    """HTTP/1.1, with the client's certificate in the scope of each request of its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection; TLS has been agreed on by now."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        shown = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None
        if shown:
            self.app = _with_certificate(self.app, sha256(shown))


def _with_certificate(app: ASGI3Application, fingerprint: str) -> ASGI3Application:
    async def seen(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        with_certificate = cast("Scope", {**scope, CERTIFICATE: fingerprint})
        await app(with_certificate, receive, send)

    return seen
