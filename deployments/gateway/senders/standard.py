"""Standard Webhooks 1.0: the body is an intent.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from deployments.gateway.delivery import Delivery
from deployments.gateway.intents import Intent, read_intent
from deployments.gateway.problems import signature_missing, signature_wrong, stale
from deployments.gateway.signatures import require_recent
from deployments.gateway.standard_webhooks import ID, SIGNATURE, TIMESTAMP, signing_key

_STAMP = re.compile(r"[0-9]{1,11}")
_ID = re.compile(r"[\x21-\x7e]{1,200}")


class StandardSender:
    """Any system that signs with Standard Webhooks; `tolerance` is in seconds."""

    def __init__(self, secrets: Sequence[str], tolerance: float) -> None:
        self._keys = [signing_key(secret) for secret in secrets]
        self._tolerance = tolerance

    def verify(self, delivery: Delivery, now: float) -> None:
        for name in (ID, TIMESTAMP, SIGNATURE):
            if not delivery.header(name):
                raise signature_missing(name)
        if not _STAMP.fullmatch(delivery.header(TIMESTAMP)):
            raise stale(f"{TIMESTAMP} is no count of seconds")
        stamp = int(delivery.header(TIMESTAMP))
        require_recent(stamp, now, self._tolerance)
        if not self._is_signed(delivery, stamp):
            raise signature_wrong(SIGNATURE)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header(ID)

    def read(self, delivery: Delivery) -> Intent:
        return read_intent(delivery.document())

    def _is_signed(self, delivery: Delivery, stamp: int) -> bool:
        if not _ID.fullmatch(delivery.header(ID)):
            return False
        try:
            text = delivery.body.decode("utf-8")
        except UnicodeDecodeError:
            return False
        made = [_signature(key, delivery.header(ID), stamp, text) for key in self._keys]
        given = list(signatures_in(delivery.header(SIGNATURE)))
        return True in [hmac.compare_digest(ours, theirs) for ours in made for theirs in given]


def _signature(key: Webhook, identity: str, stamp: int, text: str) -> bytes:
    signed = key.sign(identity, datetime.fromtimestamp(stamp, UTC), text)
    return base64.b64decode(signed.removeprefix("v1,"))


def signatures_in(header: str) -> Iterator[bytes]:
    """Yield the HMAC signatures (v1) of the header's list; what is none of these is passed over."""
    for word in header.split(" ")[:10]:
        version, _, text = word.partition(",")
        if version != "v1":
            continue
        try:
            yield base64.b64decode(text.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            continue
