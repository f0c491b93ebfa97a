"""The headers and the keys of Standard Webhooks, for what comes in and what goes out."""

from __future__ import annotations

import binascii

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from bedplate.errors import BadInput, Owner

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def signing_key(secret: str) -> Webhook:
    """Return the key of a secret as `whsec_` and base64; raises BadInput SECRET_INVALID."""
    try:
        return Webhook(secret)
    except (binascii.Error, ValueError, EmptyWebhookSecretError):
        raise BadInput(
            "SECRET_INVALID",
            "a secret for Standard Webhooks is no base64",
            why="it is whsec_ and 24 to 64 random bytes in base64",
            remedy="make one: bedplate gateway secret",
            owner=Owner.PLATFORM,
        ) from None
