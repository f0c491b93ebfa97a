"""How long steps take, from what earlier attempts took."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.engine.estimate import Estimate, estimate_operation, estimate_step, quantile
from tests.unit.engine.small import table

SECONDS = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.5, 7.0),
        ([7.0], 0.9, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([0.0, 10.0], 0.9, 9.0),
        ([1.0, 2.0, 3.0], 0.0, 1.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_a_quantile_is_interpolated_between_its_neighbours(values, share, expected):
    assert quantile(values, share) == pytest.approx(expected)


@given(st.lists(SECONDS, min_size=1))
def test_an_estimate_lies_between_the_shortest_and_the_longest(values):
    estimate = estimate_step(values)
    assert estimate is not None
    assert estimate.samples == len(values)
    slack = 1e-6 * max(values)
    assert min(values) - slack <= estimate.p50 <= estimate.p90 + slack <= max(values) + 2 * slack


@given(st.lists(SECONDS, min_size=1), st.randoms())
def test_the_order_of_the_attempts_does_not_matter(values, random):
    mixed = list(values)
    random.shuffle(mixed)
    assert estimate_step(mixed) == estimate_step(values)


def test_a_step_never_done_has_no_estimate():
    assert estimate_step([]) is None


def test_an_operation_takes_as_long_as_its_longest_chain():
    operation = table("a", "b: a", "c: a", "d: b c")
    durations = {"a": [10.0], "b": [5.0, 5.0], "c": [20.0], "d": [1.0]}
    assert estimate_operation(operation, durations, "abcd") == Estimate(31.0, 31.0, samples=1)


def test_steps_that_are_not_to_do_take_no_time():
    operation = table("a", "b: a", "c: a", "d: b c")
    durations = {"a": [10.0], "b": [5.0, 5.0], "c": [20.0], "d": [1.0, 3.0]}
    assert estimate_operation(operation, durations, "bd") == Estimate(7.0, 7.8, samples=2)


def test_an_operation_never_run_has_no_estimate():
    assert estimate_operation(table("a"), {}, ["a"]) is None
    assert estimate_operation(table("a"), {"a": [1.0]}, []) is None
