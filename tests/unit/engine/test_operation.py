"""A table of steps: what it refuses, and what it answers about its steps."""

import pytest
from hypothesis import given

from bedplate.engine.operation import BadTable, Operation
from bedplate.fact import Key
from tests.unit.engine.small import Made, Put, key, table
from tests.unit.engine.tables import operations

DIAMOND = table("a", "b: a", "c: a", "d: b c", "e")


def names(steps):
    return [step.name for step in steps]


def test_a_table_refuses_a_step_after_one_that_does_not_exist():
    with pytest.raises(BadTable, match="'b' runs after 'x', which is no step"):
        table("a", "b: x")


def test_a_table_refuses_a_name_that_stands_twice():
    with pytest.raises(BadTable, match="'a' stands twice"):
        table("a", "b", "a")


def test_a_table_refuses_a_cycle():
    with pytest.raises(BadTable, match="'a' runs after 'b', which stands later: a cycle"):
        table("a: b", "b: a")


def test_a_table_refuses_a_step_after_itself():
    with pytest.raises(BadTable, match="'a' runs after 'a', which stands later"):
        table("a: a")


def test_a_table_refuses_a_fact_that_no_step_before_gives():
    with pytest.raises(BadTable, match="no step before 'b' gives 'a'"):
        Operation("small", [("a", Put("a"), ""), ("b", Put("b", needs=["a"]), "")])


def test_a_table_refuses_a_fact_given_by_a_later_step():
    with pytest.raises(BadTable, match="no step before 'a' gives 'b'"):
        Operation("small", [("a", Put("a", needs=["b"]), ""), ("b", Put("b"), "a")])


def test_a_table_refuses_a_fact_of_another_version():
    class NeedsNewer(Put):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.needs = (Key("a", Made, version=2),)

    with pytest.raises(BadTable, match="no step before 'b' gives 'a'"):
        Operation("small", [("a", Put("a"), ""), ("b", NeedsNewer("b"), "a")])


def test_a_table_accepts_a_fact_from_far_before():
    operation = Operation(
        "small",
        [("a", Put("a"), ""), ("b", Put("b"), "a"), ("c", Put("c", needs=["a"]), "b")],
    )
    assert names(operation.steps) == ["a", "b", "c"]


def test_a_table_refuses_two_steps_that_give_the_same_fact():
    with pytest.raises(BadTable, match="two steps give the same fact"):
        Operation("small", [("a", Put("same"), ""), ("b", Put("same"), "a")])


def test_a_table_refuses_a_point_of_no_return_that_is_no_step():
    with pytest.raises(BadTable, match="one_way names 'x', which is no step"):
        table("a", one_way="x")


def test_an_empty_table_has_no_waves():
    assert table().waves() == ()


def test_labels_sort_as_the_table_does():
    operation = table(*(f"s{number}" for number in range(12)))
    labels = [step.label for step in operation.steps]
    assert labels == sorted(labels)
    assert labels[0] == "01 s0"


def test_waves_group_what_can_run_side_by_side():
    assert [names(wave) for wave in DIAMOND.waves()] == [["a", "e"], ["b", "c"], ["d"]]


def test_before_and_behind_reach_near_and_far():
    assert DIAMOND.before("d") == {"a", "b", "c"}
    assert DIAMOND.behind("a") == {"b", "c", "d"}
    assert DIAMOND.before("e") == DIAMOND.behind("e") == frozenset()


def test_followers_are_the_steps_directly_after():
    assert names(DIAMOND.followers("a")) == ["b", "c"]


def test_steps_are_found_by_name():
    assert DIAMOND["b"].after == {"a"}
    assert "b" in DIAMOND
    assert "x" not in DIAMOND
    with pytest.raises(KeyError):
        DIAMOND["x"]


def test_the_giver_of_a_fact_is_found_by_its_key():
    assert DIAMOND.giver(key("c")).name == "c"
    with pytest.raises(KeyError):
        DIAMOND.giver(key("x"))
    with pytest.raises(KeyError):
        DIAMOND.giver(Key("c", Made, version=2))


@given(operations())
def test_every_step_is_in_one_wave_and_after_all_that_it_follows(operation):
    wave_of = {s.name: number for number, wave in enumerate(operation.waves()) for s in wave}
    assert sorted(wave_of) == sorted(s.name for s in operation.steps)
    assert sum(map(len, operation.waves())) == len(operation.steps)
    for step in operation.steps:
        assert all(wave_of[before] < wave_of[step.name] for before in step.after)
        # As early as can be: a step of a later wave has a reason in the wave before.
        assert wave_of[step.name] == 0 or wave_of[step.name] - 1 in map(wave_of.get, step.after)


@given(operations())
def test_before_and_behind_are_each_others_mirror(operation):
    for one in operation.steps:
        assert one.name not in operation.before(one.name)
        for other in operation.steps:
            assert (one.name in operation.before(other.name)) == (
                other.name in operation.behind(one.name)
            )
