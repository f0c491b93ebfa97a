"""Proofs of who sent a body, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from deployments.gateway.problems import stale

PREFIX = "sha256="
HASHED = re.compile(r"sha256:[0-9a-f]{64}")
_HEX = re.compile(r"[0-9a-fA-F]{64}")


def mac(secret: str, content: bytes) -> bytes:
    """Return the HMAC-SHA256 of bytes."""
    return hmac.new(secret.encode(), content, hashlib.sha256).digest()


def signature_bytes(header: str) -> bytes | None:
    """Return the bytes of `sha256=HEX`, of bare hexadecimal, or of base64; None for else."""
    text = header.strip().removeprefix(PREFIX)
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    return found if len(found) == hashlib.sha256().digest_size else None


def is_signed(secrets: Iterable[str], content: bytes, header: str) -> bool:
    """Say whether one of the secrets made this signature; looks at all of them."""
    given = signature_bytes(header) or b""
    return True in [hmac.compare_digest(mac(secret, content), given) for secret in secrets]


def is_same(secrets: Iterable[str], given: str) -> bool:
    """Say whether a text is one of the secrets; looks at all of them."""
    words = given.encode("utf-8", "surrogatepass")
    return True in [hmac.compare_digest(secret.encode(), words) for secret in secrets]


def hashed(token: str) -> str:
    """Return how a token is kept: long and random, so a plain digest hides it."""
    return "sha256:" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_token(hashes: Sequence[str], token: str) -> bool:
    """Say whether a token is one of those kept; several while one replaces another."""
    return bool(token) and is_same(hashes, hashed(token))


def bearer(header: str) -> str:
    """Return the token of an Authorization header; empty without one."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def require_recent(stamp: float, now: float, tolerance: float) -> None:
    """Raise Unverified DELIVERY_STALE where a time is further from now than `tolerance` s."""
    if not abs(now - stamp) <= tolerance:  # so that NaN is refused too
        raise stale(f"it was sent at {_words(stamp)}, more than {tolerance:.0f} s from now")


def _words(stamp: float) -> str:
    try:
        return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return "no time at all"
