"""Keys and signatures, over many inputs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from deployments.gateway.intents import Intent, business_key, digest
from deployments.gateway.senders.standard import signatures_in
from deployments.gateway.signatures import (
    bearer,
    hashed,
    is_same,
    is_signed,
    is_token,
    signature_bytes,
)

WORDS = st.text(max_size=20)
SECRETS = st.text(min_size=1, max_size=40)
KEYED = ("ticket", "revision", "verb", "cluster", "spec")
LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
INTENTS = st.builds(
    Intent,
    ticket=st.from_regex(r"[A-Z]{1,5}-[0-9]{1,4}", fullmatch=True),
    revision=st.from_regex(r"[0-9]{1,4}", fullmatch=True),
    verb=st.sampled_from(["create", "delete", "upgrade"]),
    cluster=LABELS,
    site=LABELS,
    spec=st.text(st.characters(codec="utf-8"), max_size=50),
    requested_by=st.from_regex(r"[a-z]{0,8}", fullmatch=True),
)


@given(INTENTS, INTENTS, LABELS, LABELS)
def test_two_wishes_share_a_key_exactly_when_all_that_the_key_is_of_is_the_same(
    one: Intent, other: Intent, source: str, elsewhere: str
):
    same = source == elsewhere and all(getattr(one, n) == getattr(other, n) for n in KEYED)
    assert (business_key(source, one) == business_key(elsewhere, other)) == same
    assert business_key(source, one) == business_key(source, Intent(**one.model_dump()))


@given(INTENTS, st.sampled_from(KEYED), INTENTS)
def test_a_change_of_any_part_of_the_key_changes_it(one: Intent, name: str, other: Intent):
    changed = one.model_copy(update={name: getattr(other, name)})
    same = getattr(one, name) == getattr(other, name)
    assert (business_key("s", one) == business_key("s", changed)) == same


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_no_two_lists_of_texts_share_a_digest(one: Sequence[str], other: Sequence[str]):
    assert (digest(*one) == digest(*other)) == (one == other)


@given(st.lists(SECRETS, min_size=1, max_size=3), st.binary(max_size=100), st.data())
def test_what_a_known_secret_signed_is_known_in_every_spelling(secrets, content, data):
    secret = data.draw(st.sampled_from(secrets))
    mac = hmac.new(secret.encode("utf-8", "surrogatepass"), content, hashlib.sha256).digest()
    for text in (mac.hex(), mac.hex().upper(), base64.b64encode(mac).decode()):
        for header in (text, f"sha256={text}", f" {text} "):
            assert is_signed(secrets, content, header)


@given(SECRETS, st.binary(max_size=100), st.text(max_size=100))
def test_what_nobody_signed_is_never_known(secret: str, content: bytes, header: str):
    assert not is_signed([secret], content, header)
    assert not is_signed([], content, header)


@given(st.text(max_size=100))
def test_reading_a_signature_never_fails(header: str):
    found = signature_bytes(header)
    assert found is None or len(found) == 32
    assert all(isinstance(one, bytes) for one in signatures_in(header))
    assert isinstance(bearer(header), str)


@given(st.lists(SECRETS, max_size=3), st.text(max_size=40))
def test_a_token_is_known_only_by_the_digest_of_itself(tokens: list[str], given_token: str):
    kept = [hashed(token) for token in tokens]
    assert is_token(kept, given_token) == (given_token in tokens)
    assert not is_token(kept, "")
    assert is_same(tokens, given_token) == (given_token in tokens)
