"""New secrets for senders and people."""

from __future__ import annotations

import base64
import secrets

from deployments.gateway.signatures import hashed

BYTES = 32


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def new_token() -> tuple[str, str]:
    """Return a bearer token, and the digest that is kept of it."""
    token = secrets.token_urlsafe(BYTES)
    return token, hashed(token)
