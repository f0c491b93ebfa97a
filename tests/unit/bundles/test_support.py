"""After standard support a version needs a licence, and a licence is what its issuer signed."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bedplate.bundles.keys import PublicKey
from bedplate.bundles.support import check_licence, is_extended
from bedplate.bundles.versions_bundle import VersionsBundle
from bedplate.errors import PermanentError

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = PublicKey(KEY.public_key())
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD = VersionsBundle(kube_version="1.30", end_of_standard_support="2026-07-01")


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(claims, algorithm="ES256", key=KEY):
    parts = [json.dumps({"alg": algorithm}), json.dumps(claims)]
    message = ".".join(encoded(part.encode()) for part in parts)
    numbers = decode_dss_signature(key.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{message}.{encoded(b''.join(n.to_bytes(32, 'big') for n in numbers))}"


GOOD = {"endValidity": "2027-01-01T00:00:00Z"}


def refusal(text, key=PUBLIC):
    with pytest.raises(PermanentError) as caught:
        check_licence(OLD, text, key, NOW)
    assert not text or text not in str(caught.value.as_dict())
    return caught.value.code


@pytest.mark.parametrize(
    ("end", "extended"),
    [("2026-11-22", True), ("2026-11-23", False), ("2026-11-24", False), ("", False)],
)
def test_support_ends_with_its_last_day(end, extended):
    bundle = VersionsBundle(kube_version="1.30", end_of_standard_support=end)

    assert is_extended(bundle, NOW) is extended


def test_an_end_that_is_no_date_is_refused():
    bundle = VersionsBundle(kube_version="1.30", end_of_standard_support="soon")

    with pytest.raises(PermanentError) as caught:
        is_extended(bundle, NOW)
    assert caught.value.code == "SUPPORT_DATE"


def test_a_good_licence_lets_go_on():
    check_licence(OLD, token(GOOD), PUBLIC, NOW)
    check_licence(OLD, token({"endValidity": "2026-11-23T00:00:00Z"}), PUBLIC, NOW)


def test_without_a_licence_or_its_key_support_has_ended():
    assert refusal("") == "SUPPORT_ENDED"
    assert refusal(token(GOOD), None) == "LICENCE_KEY_MISSING"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"endValidity": "2026-11-22T23:59:59Z"}, "LICENCE_EXPIRED"),
        ({**GOOD, "exp": (NOW - timedelta(hours=1)).timestamp()}, "LICENCE_EXPIRED"),
        ({**GOOD, "nbf": (NOW + timedelta(hours=1)).timestamp()}, "LICENCE_INVALID"),
        ({}, "LICENCE_INVALID"),
        ({"endValidity": 7}, "LICENCE_INVALID"),
        ({"endValidity": "2027-01-01"}, "LICENCE_INVALID"),
        ({"endValidity": "for ever"}, "LICENCE_INVALID"),
        ([], "LICENCE_INVALID"),
    ],
)
def test_a_licence_is_for_a_time(claims, code):
    assert refusal(token(claims)) == code


UNSIGNED = {
    "no dot": "x",
    "one dot": "a.b",
    "no token": "a.b.c",
    "no letters of a token": "é.é.é",
    "a deep head": f"{encoded(b'[' * 100_000)}.a.b",
    "another claim's end": token({"endValidity": "0001-01-01T00:00:00+14:00"}),
    "no algorithm": token(GOOD, algorithm="none"),
    "another algorithm": token(GOOD, algorithm="HS256"),
    "another key": token(GOOD, key=ec.generate_private_key(ec.SECP256R1())),
    "a cut signature": token(GOOD)[:-8],
    "no signature": token(GOOD).rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("text", UNSIGNED.values(), ids=UNSIGNED)
def test_what_the_issuer_did_not_sign_is_no_licence(text):
    assert refusal(text) == "LICENCE_INVALID"


def test_changed_claims_are_no_licence():
    head, _, signature = token(GOOD).split(".")
    claims = encoded(json.dumps({"endValidity": "2099-01-01T00:00:00Z"}).encode())

    assert refusal(f"{head}.{claims}.{signature}") == "LICENCE_INVALID"
