"""How long a Kubernetes version is supported, and the licence for the time after."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bedplate.bundles.keys import PublicKey
from bedplate.bundles.manifests import day
from bedplate.bundles.versions_bundle import VersionsBundle
from bedplate.errors import Owner, PermanentError

ALGORITHM = "ES256"
_HALF = 32  # bytes of each of the two numbers that an ES256 signature is made of


def is_extended(bundle: VersionsBundle, now: datetime) -> bool:
    """Return whether standard support has ended; a bundle that names no end is not checked.

    Raises:
        PermanentError: SUPPORT_DATE, the end is no date.
    """
    end = bundle.end_of_standard_support
    if not end:
        return False
    last = day(end)
    if last is None:
        raise PermanentError(
            "SUPPORT_DATE",
            f"the end of standard support of Kubernetes {bundle.kube_version} is {end!r}, no date",
            why="whether the version needs a licence cannot be told",
            remedy="use a bundle as it was published",
            owner=Owner.PLATFORM,
        )
    return last < now.astimezone(UTC).date()


def check_licence(bundle: VersionsBundle, token: str, key: PublicKey | None, now: datetime) -> None:
    """Check the licence token of a version in extended support.

    Raises:
        PermanentError: SUPPORT_ENDED without a token, LICENCE_KEY_MISSING without a key to check
            it, LICENCE_INVALID or LICENCE_EXPIRED.
    """
    ended = (
        f"standard support of Kubernetes {bundle.kube_version} ended on"
        f" {bundle.end_of_standard_support}"
    )
    if not token:
        raise PermanentError(
            "SUPPORT_ENDED",
            f"{ended}, and the specification has no licenseToken",
            why="after that day EKS Anywhere's bundles may be used with a licence",
            remedy="set spec.licenseToken, or choose a newer kubernetesVersion",
            owner=Owner.SPEC_AUTHOR,
        )
    if key is None:
        raise PermanentError(
            "LICENCE_KEY_MISSING",
            f"{ended}, and no key is known to check the licence token with",
            why="a licence is a token that its issuer signed",
            remedy="name the issuer's public key with --licence-key",
            owner=Owner.PLATFORM,
        )
    _check_times(_claims(token, key), now)


def _claims(token: str, key: PublicKey) -> dict[str, object]:
    parts = token.strip().split(".")
    try:
        if len(parts) != 3:
            raise _invalid("it is no JSON web token")
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, RecursionError) as error:
        raise _invalid("it is no JSON web token") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise _invalid("it is no JSON web token")
    if header.get("alg") != ALGORITHM:
        raise _invalid(f"it is not signed with {ALGORITHM}")
    if not key.made(_asn1(signature), ".".join(parts[:2]).encode()):
        raise _invalid(f"the key {key.name} did not sign it")
    return claims


def _check_times(claims: dict[str, object], now: datetime) -> None:
    seconds = now.timestamp()
    begin, end = claims.get("nbf"), claims.get("exp")
    if isinstance(begin, int | float) and seconds < begin:
        raise _invalid("it is not yet valid")
    last = _moment(claims.get("endValidity"))
    if last is None:
        raise _invalid("it does not say until when it is valid (claim endValidity)")
    is_past = isinstance(end, int | float) and end < seconds
    if is_past or last.date() < now.astimezone(UTC).date():
        raise PermanentError(
            "LICENCE_EXPIRED",
            f"the licence token was valid until {last.isoformat()}",
            why="extended support ends with the licence",
            remedy="renew the licence and set spec.licenseToken, or choose a newer version",
            owner=Owner.SPEC_AUTHOR,
        )


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _asn1(signature: bytes) -> bytes:
    if len(signature) != 2 * _HALF:
        raise _invalid("its signature is cut")
    numbers = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    return encode_dss_signature(*numbers)


def _invalid(seen: str) -> PermanentError:
    return PermanentError(
        "LICENCE_INVALID",
        f"the licence token cannot be used: {seen}",
        why="a licence is a token that its issuer signed",
        remedy="set spec.licenseToken to the token as it was issued",
        owner=Owner.SPEC_AUTHOR,
    )
