"""ServiceNow: a REST step or a business rule sends an intent with a bearer token or a certificate.

A signature over time and body comes on top where the source has secrets.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from deployments.gateway.delivery import Delivery
from deployments.gateway.intents import Intent, read_intent
from deployments.gateway.problems import signature_missing, signature_wrong, stale
from deployments.gateway.settings import Network, ServiceNowSource
from deployments.gateway.signatures import bearer, is_same, is_signed, is_token, require_recent

SIGNATURE, TIMESTAMP, IDENTIFIER = "x-bedplate-signature", "x-bedplate-timestamp", "idempotency-key"
_STAMP = re.compile(r"[0-9]{1,11}")
# The record's own names for what an intent calls otherwise.
NAMES = {"number": "ticket", "sys_mod_count": "revision"}


class ServiceNowSender:
    """ServiceNow."""

    def __init__(self, source: ServiceNowSource, secrets: Sequence[str]) -> None:
        self._source, self._secrets = source, secrets

    def verify(self, delivery: Delivery, now: float) -> None:
        token = bearer(delivery.header("authorization"))
        certificate = self._certificate(delivery)
        if not token and not certificate:
            raise signature_missing("authorization, and no client certificate")
        known = is_token(self._source.tokens, token)
        if not known and not is_same(self._source.certificates, certificate):
            raise signature_wrong("the bearer token or the client certificate")
        if self._secrets:
            self._verify_signature(delivery, now)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header(IDENTIFIER)[:200]

    def read(self, delivery: Delivery) -> Intent:
        content = delivery.document()
        renamed = {NAMES.get(name, name): value for name, value in content.items()}
        revision = renamed.get("revision")
        if isinstance(revision, int) and not isinstance(revision, bool):
            renamed["revision"] = str(revision)
        return read_intent(renamed)

    def _verify_signature(self, delivery: Delivery, now: float) -> None:
        stamp = delivery.header(TIMESTAMP)
        for name in (SIGNATURE, TIMESTAMP):
            if not delivery.header(name):
                raise signature_missing(name)
        if not _STAMP.fullmatch(stamp):
            raise stale(f"{TIMESTAMP} is no count of seconds")
        require_recent(int(stamp), now, self._source.tolerance)
        content = stamp.encode() + b"." + delivery.body
        if not is_signed(self._secrets, content, delivery.header(SIGNATURE)):
            raise signature_wrong(SIGNATURE)

    def _certificate(self, delivery: Delivery) -> str:
        if delivery.certificate:
            return delivery.certificate
        named = self._source.proxy_header
        if not named or not is_in(self._source.proxies, delivery.peer):
            return ""
        return delivery.header(named.lower()).replace(":", "").strip().lower()


def is_in(networks: Sequence[Network], address: str) -> bool:
    """Say whether an address is in one of the networks; a text that is none is in no network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
