"""Whatever a sender that knows its secret sends, and whatever one without sends: never a 500."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import example as hypothesis_example
from hypothesis import strategies as st

from tests.gateway.gate import SHARED, TOKEN, Gate, gate, hub_signature, intent, signed
from tests.gateway.test_senders import SOURCES, TRUSTED, comment, moved, note

FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
FINE = {200, 202, 401, 403, 404, 409, 413, 422}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\ud800", "\x00", "9" * 5000, "/bedplate create w01", "A" * 3000])
)


def lists_and_objects(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)


VALUES = st.recursive(SCALARS, lists_and_objects, max_leaves=6)
NO_JSON = [b"[" * 100_000, b'{"a":' * 50_000, b"", b"1"]
EXAMPLES = {
    "portal": intent(),
    "jira": moved(),
    "snow": intent(),
    "github": comment(),
    "gitlab": note(),
}


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """A gateway with every sender."""
    portal = TRUSTED | {"kind": "standard", "secrets": ["env:GATE"]}
    home = tmp_path_factory.mktemp("home")
    with gate(home, sources=SOURCES | {"portal": portal}, limits={"burst": 10**6}) as running:
        yield running


def proofs(source: str, body: bytes) -> dict[str, str]:
    """The headers of a sender that knows the secret."""
    if source == "portal":
        return signed(body) if _is_text(body) else {}
    return {
        "jira": {"x-hub-signature": hub_signature(body)},
        "snow": {"authorization": f"Bearer {TOKEN}"},
        "github": {"x-hub-signature-256": hub_signature(body)},
        "gitlab": {"x-gitlab-token": SHARED},
    }[source]


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [path]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += paths(inner, (*path, name))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            found += paths(inner, (*path, number))
    return found


def with_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at one place."""
    if not path:
        return value
    made = copy.deepcopy(document)
    place = made
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return made


@pytest.mark.parametrize("source", sorted(EXAMPLES))
@FEW
@given(data=st.data())
def test_a_document_with_anything_at_any_place_is_answered(doors: Gate, source: str, data):
    example = EXAMPLES[source]
    changed = with_value(example, data.draw(st.sampled_from(paths(example))), data.draw(VALUES))
    body = json.dumps(changed).encode()

    answer = doors.post(source, body, proofs(source, body))

    assert answer.status_code in FINE, answer.text


@pytest.mark.parametrize("source", sorted(EXAMPLES))
@FEW
@given(body=st.binary(max_size=200) | st.sampled_from(NO_JSON))
@hypothesis_example(body=b"{}")
def test_any_bytes_are_answered(doors: Gate, source: str, body: bytes):
    answer = doors.post(source, body, proofs(source, body))
    # A proven document that asks for nothing, such as {}, may be acknowledged; no other bytes may.
    ignored = {200} if _is_object(body) else set()
    assert answer.status_code in FINE - {200, 202} | ignored, answer.text


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80)
NAMES = [
    "authorization",
    "x-hub-signature",
    "x-hub-signature-256",
    "x-gitlab-token",
    "x-bedplate-signature",
    "x-bedplate-timestamp",
    "x-client-fingerprint",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "idempotency-key",
]


@FEW
@given(
    source=st.sampled_from(sorted({*EXAMPLES, *SOURCES})),
    headers=st.dictionaries(st.sampled_from(NAMES), PRINTABLE, max_size=6),
)
def test_any_headers_without_a_secret_are_refused(
    doors: Gate, source: str, headers: dict[str, str]
):
    answer = doors.post(source, intent(), headers)
    assert answer.status_code == 401, answer.text
