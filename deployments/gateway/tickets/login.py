"""How the gateway proves itself to a ticket system."""

from __future__ import annotations

from collections.abc import Generator

import httpx


class BearerAuth(httpx.Auth):
    """A bearer token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def login(username: str, secret: str) -> httpx.Auth:
    """Return Basic authentication where there is a user name, else a bearer token."""
    return httpx.BasicAuth(username, secret) if username else BearerAuth(secret)
