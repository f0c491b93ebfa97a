"""What applying would change, as paths of fields."""

from hypothesis import given
from hypothesis import strategies as st

from bedplate.capi.differences import field_changes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=8,
)


def obj(spec, **more):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "spec": spec,
        **more,
    }


def changes(before, after):
    return [str(change) for change in field_changes(before, after)]


@given(JSON)
def test_nothing_differs_from_itself(value):
    assert field_changes(obj(value), obj(value)) == ()


@given(JSON, JSON)
def test_both_ways_the_same_fields_differ(one, other):
    there = [change.path for change in field_changes(obj(one), obj(other))]
    back = [change.path for change in field_changes(obj(other), obj(one))]
    assert there == back


def test_a_number_is_shown_and_a_list_only_named():
    before, after = obj({"memoryMiB": 1, "users": ["a"]}), obj({"memoryMiB": 2, "users": ["b"]})
    assert changes(before, after) == ["spec.memoryMiB: 1 → 2", "spec.users"]


def test_what_the_server_counts_and_says_does_not_count():
    before = obj({}, status={"ready": False})
    after = {**obj({}, status={"ready": True}), "metadata": {"name": "a", "generation": 7}}
    assert changes(before, after) == []


def test_an_empty_table_is_as_none():
    assert changes(obj({"labels": {}}), obj({})) == []


def test_values_of_secrets_are_never_shown():
    before = {"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {"key": "b25l"}}
    after = {**before, "data": {"key": "dHdv"}}
    assert changes(before, after) == ["data.key"]
    assert changes(obj({"password": "one"}), obj({"password": "two"})) == ["spec.password"]
