"""What a changed specification means for a run that has begun."""

import re
from types import MappingProxyType

import pytest

from bedplate.engine.change import fingerprint, reopened_steps, require_safe_change
from bedplate.engine.journal import StepRecord, StepState
from bedplate.engine.operation import Operation
from bedplate.errors import ExitStatus, Owner, Refused
from bedplate.operations import CREATE
from bedplate.simulation.bundle import choose
from bedplate.spec import load_text
from tests.unit.engine.small import MORE_WORKERS, OTHER_ENDPOINT, TEXT, Put, spec_of

OLD, MORE, ELSEWHERE = spec_of(TEXT), spec_of(MORE_WORKERS), spec_of(OTHER_ENDPOINT)
BUNDLE = choose(OLD)
# The same once more, read on its own.
SAME = load_text(TEXT, "cluster.yaml")


class ReadsNothing(Put):
    def reads(self, spec, bundle):
        return None


class ReadsWorkers(Put):
    def reads(self, spec, bundle):
        return [group.count for group in spec.workers]


class Reads(Put):
    def __init__(self, value):
        super().__init__("it")
        self.value = value

    def reads(self, spec, bundle):
        return self.value


SMALL = Operation(
    "small",
    [
        ("before", ReadsWorkers("before"), ""),
        ("pivot", ReadsNothing("pivot"), "before"),
        ("after", ReadsWorkers("after"), "pivot"),
    ],
    one_way="pivot",
)

TWO = Operation("two", [("one", ReadsWorkers("one"), ""), ("two", ReadsWorkers("two"), "one")])


def records(operation, *begun, state=StepState.COMPLETED, spec=OLD):
    return {
        name: StepRecord(
            name, state, fingerprint(operation[name], spec, BUNDLE), None, None, None, at=0
        )
        for name in begun
    }


def fingerprint_of(value):
    return fingerprint(Operation("small", [("it", Reads(value), "")])["it"], OLD, BUNDLE)


# -- fingerprints --------------------------------------------------------------------------------


def test_a_fingerprint_follows_what_the_phase_reads_and_nothing_else():
    new = MORE
    assert fingerprint(SMALL["before"], OLD, BUNDLE) != fingerprint(SMALL["before"], new, BUNDLE)
    assert fingerprint(SMALL["pivot"], OLD, BUNDLE) == fingerprint(SMALL["pivot"], new, BUNDLE)


def test_a_phase_reads_the_whole_specification_unless_it_says_what_it_reads():
    step = Operation("small", [("it", Put("it"), "")])["it"]
    assert fingerprint(step, OLD, BUNDLE) == fingerprint(step, SAME, BUNDLE)
    assert fingerprint(step, OLD, BUNDLE) != fingerprint(step, MORE, BUNDLE)


def test_the_order_of_fields_does_not_matter_nor_what_holds_them():
    one = {"a": 1, "b": [{"c": 2, "d": 3}]}
    other = MappingProxyType({"b": ({"d": 3, "c": 2},), "a": 1})
    assert fingerprint_of(one) == fingerprint_of(other)


def test_what_is_not_json_has_no_fingerprint():
    with pytest.raises(TypeError, match="set is not JSON"):
        fingerprint_of({"a": {1, 2}})


@pytest.mark.parametrize("step", CREATE.steps, ids=lambda step: step.name)
def test_comments_and_order_in_the_file_open_no_step_of_create(step):
    documents = TEXT.split("---\n")
    same = load_text("---\n".join(reversed(documents)) + "# the end\n", "cluster.yaml")
    assert fingerprint(step, OLD, BUNDLE) == fingerprint(step, same, BUNDLE)


# -- what is opened again ------------------------------------------------------------------------


def test_an_unchanged_specification_opens_nothing():
    begun = records(CREATE, *(step.name for step in CREATE.steps))
    assert reopened_steps(CREATE, OLD, BUNDLE, begun) == frozenset()
    assert require_safe_change(CREATE, OLD, SAME, BUNDLE, begun) == frozenset()


def test_steps_that_read_what_changed_are_opened():
    begun = records(TWO, "one", "two")
    assert reopened_steps(TWO, MORE, BUNDLE, begun) == {"one", "two"}


def test_what_lies_before_a_point_of_no_return_that_was_begun_is_history():
    """A newer program may read an unchanged specification in another way."""
    begun = records(SMALL, "before", "pivot", "after")
    assert reopened_steps(SMALL, MORE, BUNDLE, begun) == {"after"}
    with pytest.raises(Refused, match="would open before again"):
        require_safe_change(SMALL, OLD, MORE, BUNDLE, begun)


def test_a_step_not_begun_is_not_opened():
    assert reopened_steps(SMALL, MORE, BUNDLE, records(SMALL, "before")) == {"before"}


def test_a_record_of_a_step_that_the_table_no_longer_has_is_left_alone():
    old = {"gone": StepRecord("gone", StepState.COMPLETED, "x", None, None, None, at=0)}
    assert reopened_steps(SMALL, OLD, BUNDLE, old) == frozenset()
    assert require_safe_change(SMALL, OLD, ELSEWHERE, BUNDLE, old) == frozenset()


@pytest.mark.parametrize("state", [StepState.RUNNING, StepState.FAILED, StepState.KEPT])
def test_a_step_is_opened_whatever_became_of_it(state):
    begun = records(SMALL, "before", state=state)
    assert reopened_steps(SMALL, MORE, BUNDLE, begun) == {"before"}


def test_more_workers_open_only_what_depends_on_them():
    begun = records(CREATE, *(s.name for s in CREATE.steps[:9]))
    opened = require_safe_change(CREATE, OLD, MORE, BUNDLE, begun)
    assert "workers" in opened
    assert opened.isdisjoint({"bootstrap", "providers", "control-plane", "networking", "storage"})


# -- what is refused -----------------------------------------------------------------------------


def test_an_immutable_field_may_change_while_nothing_was_begun():
    assert require_safe_change(CREATE, OLD, ELSEWHERE, BUNDLE, {}) == frozenset()


def test_an_immutable_field_may_not_change_once_anything_was_begun():
    with pytest.raises(Refused) as refused:
        require_safe_change(CREATE, OLD, ELSEWHERE, BUNDLE, records(CREATE, "preflight"))
    error = refused.value
    assert error.code == "CFG_IMMUTABLE_FIELD"
    assert error.exit_status is ExitStatus.REFUSED
    assert error.owner is Owner.SPEC_AUTHOR
    assert re.match(r"cluster.yaml:\d+:\d+: Cluster\S*\.endpoint", error.seen)
    assert "198.18.0.10" in error.seen


def test_after_the_point_of_no_return_a_step_before_it_may_not_be_opened():
    begun = records(SMALL, "before", "pivot")
    with pytest.raises(Refused, match="would open before again, but pivot has begun") as refused:
        require_safe_change(SMALL, OLD, MORE, BUNDLE, begun)
    assert refused.value.code == "CFG_CHANGED_TOO_LATE"
    assert "then apply the change to the finished cluster" in refused.value.remedy


def test_the_point_of_no_return_itself_may_not_be_opened():
    operation = Operation(
        "small",
        [("before", ReadsNothing("before"), ""), ("pivot", ReadsWorkers("pivot"), "before")],
        one_way="pivot",
    )
    begun = records(operation, "before", "pivot", state=StepState.RUNNING)
    with pytest.raises(Refused, match="would open pivot again"):
        require_safe_change(operation, OLD, MORE, BUNDLE, begun)


def test_after_the_point_of_no_return_a_step_behind_it_may_be_opened():
    begun = records(SMALL, "pivot", "after")
    assert require_safe_change(SMALL, OLD, MORE, BUNDLE, begun) == {"after"}


def test_before_the_point_of_no_return_every_step_may_be_opened():
    begun = records(SMALL, "before")
    assert require_safe_change(SMALL, OLD, MORE, BUNDLE, begun) == {"before"}


def test_once_the_pivot_has_begun_a_cluster_that_is_being_made_takes_no_change():
    begun = records(CREATE, *(s.name for s in CREATE.steps[:11]))
    assert "pivot" in begun
    with pytest.raises(Refused, match=r"workers.* but pivot has begun"):
        require_safe_change(CREATE, OLD, MORE, BUNDLE, begun)
