"""Where two objects differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bedplate.drift.fields import differences

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("abc", max_size=3)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz"), inner, max_size=3),
    max_leaves=12,
)


def paths(wanted, found):
    return [".".join(one.path) for one in differences(wanted, found)]


@given(JSON)
def test_nothing_differs_from_itself(value):
    assert list(differences(value, value)) == []


@given(st.dictionaries(st.text("xyz"), JSON, max_size=4), JSON)
def test_what_an_api_server_adds_is_no_difference(value, more):
    assert list(differences(value, {**value, "added by the server": more})) == []


@given(st.dictionaries(st.sampled_from("xyz"), st.integers(1, 9), min_size=1))
def test_every_field_that_is_gone_is_told_once(value):
    assert paths(value, {}) == list(value)


def test_items_are_compared_by_their_names_whatever_their_order():
    wanted = [{"name": "a", "value": 1}, {"name": "b", "value": 2}]
    found = [{"name": "b", "value": 2}, {"name": "a", "value": 3}]
    assert paths({"args": wanted}, {"args": found}) == ["args.a.value"]


def test_a_list_of_another_length_is_one_difference():
    (one,) = differences({"args": [1, 2]}, {"args": [1]})
    assert str(one) == "args.length is 1, not 2"


def test_what_may_be_a_credential_is_never_shown():
    (one,) = differences({"data": {"password": "aaaa"}}, {"data": {"password": "bbbb"}})
    assert str(one) == "data.password differs"


def test_a_true_is_no_one():
    assert paths({"a": 1}, {"a": True}) == ["a"]
