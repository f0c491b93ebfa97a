"""Connections that end: nobody keeps one by sending a request's head a byte at a time, or nothing.

uvicorn has a limit for connections that are idle between two requests, and each byte puts it off.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


class TimedProtocol(H11Protocol):
    """HTTP/1.1 with `timeout_keep_alive` from an answer, or the beginning, to the next whole head.

    What follows an answer of a body that was not read is within the same limit. How long a body may
    take is the application's to say.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self.timeout_keep_alive, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch with the connection."""
        self._watch.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Count from here to the next request."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        """End a connection that is late; also one whose answers nobody takes."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # there is none before the first
        is_busy = cycle is not None and not cycle.response_complete
        left = self._since + self.timeout_keep_alive - self.loop.time()
        if is_busy and not self.flow.write_paused:
            left = self.timeout_keep_alive
        if left <= 0:
            self.transport.abort()
            return
        self._watch = self.loop.call_later(left, self._look)
