"""Facts: frozen, typed, versioned, JSON there and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bedplate import facts
from bedplate.fact import Fact, Given, Key
from bedplate.facts import BOOTSTRAP, PIVOT, BootstrapCluster, Teardown

KEYS = [value for value in vars(facts).values() if isinstance(value, Key)]


def strategy(fact_type):
    """Draw any value that the fields of a fact allow."""
    return st.builds(
        fact_type,
        **{
            name: st.lists(strategy(facts.Machine), max_size=3).map(tuple)
            if field.annotation == tuple[facts.Machine, ...]
            else st.from_type(field.annotation)
            for name, field in fact_type.model_fields.items()
        },
    )


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
@settings(max_examples=30)
@given(data=st.data())
def test_a_fact_survives_json_there_and_back(key, data):
    fact = data.draw(strategy(key.type))
    assert key.parse(fact.model_dump_json()) == fact


def test_every_fact_is_known_by_a_key_of_its_own():
    assert len({key.name for key in KEYS}) == len(KEYS)
    nested = {Fact, facts.Item, facts.Machine, facts.RestoredMember}
    types = {v for v in vars(facts).values() if isinstance(v, type) and issubclass(v, Fact)}
    assert {key.type for key in KEYS} == types - nested


def test_a_fact_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        setattr(BootstrapCluster(name="w01"), "name", "w02")  # noqa: B010


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"name": 7}', '{"name": null}', '{"name": "w01", "more": 1}'],
)
def test_text_of_another_shape_is_no_fact(text):
    with pytest.raises(ValueError, match="BootstrapCluster"):
        BOOTSTRAP.parse(text)


def test_a_key_of_another_version_is_another_key():
    assert Key("bootstrap", BootstrapCluster) == BOOTSTRAP
    assert Key("bootstrap", BootstrapCluster, version=2) != BOOTSTRAP


def test_a_given_fact_has_the_type_of_its_key():
    facts_by_key: dict[Key[Fact], Fact] = {BOOTSTRAP: BootstrapCluster(name="w01")}
    assert Given(facts_by_key.__getitem__)[BOOTSTRAP] is facts_by_key[BOOTSTRAP]


def test_a_fact_that_no_step_gave_is_missing():
    with pytest.raises(KeyError):
        Given(dict[Key[Fact], Fact]().__getitem__)[BOOTSTRAP]


def test_a_fact_of_another_type_counts_as_missing():
    with pytest.raises(KeyError, match="pivot"):
        Given(lambda _: Teardown(removed="w01"))[PIVOT]
