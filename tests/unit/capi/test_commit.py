"""The commit of a move as it is read back, also after somebody has edited it."""

import pytest

from bedplate.capi.commit import REF, Commit, read_commit, write_commit
from bedplate.errors import PermanentError
from tests.unit.phases.one_side import Api

WRITTEN = Commit(
    move_id="m1",
    cluster="w01",
    digest="d1",
    objects=42,
    machines={"w01-a": "vsphere://a"},
    virtual_machines={"w01-a": "uuid-a"},
    was_paused=True,
)


@pytest.fixture
def api():
    made = Api("own", {})
    write_commit(made, WRITTEN)
    return made


def test_a_commit_is_read_as_it_was_written(api):
    assert read_commit(api, "w01") == WRITTEN


def test_where_nothing_was_committed_there_is_none():
    assert read_commit(Api("own", {}), "w01") is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("objects", "many"),
        ("objects", None),
        ("machines", "{"),
        ("machines", "[]"),
        ("machines", '{"w01-a": 1}'),
        ("virtual-machines", "nonsense"),
        ("was-paused", "maybe"),
        ("confirmed", "yes"),
        ("accepted", "True"),
        ("move", ""),
        ("digest", None),
        ("cluster", None),
        ("cluster", "w02"),
    ],
)
def test_a_commit_that_cannot_be_read_is_explained_and_never_guessed(api, field, text):
    api.patch(REF, {"data": {field: text}})

    with pytest.raises(PermanentError, match=field) as caught:
        read_commit(api, "w01")

    assert caught.value.code == "MOVE_UNREADABLE"
    assert caught.value.why
    assert "bedplate-move" in caught.value.remedy


@pytest.mark.parametrize("data", [None, "garbage"])
def test_a_commit_without_its_data_is_explained_too(api, data):
    api.patch(REF, {"data": data})

    with pytest.raises(PermanentError, match="bedplate-move"):
        read_commit(api, "w01")


def test_a_difference_that_a_person_accepted_is_read(api):
    api.patch(REF, {"data": {"accepted": "true"}})

    found = read_commit(api, "w01")

    assert found is not None
    assert found.accepted
