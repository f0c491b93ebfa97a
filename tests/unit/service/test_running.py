"""A run from begin to end, its failures, and how it is resumed."""

import threading

import pytest

from bedplate.adapters.redaction import KNOWN
from bedplate.engine.journal import RunState, StepState
from bedplate.engine.operation import Operation
from bedplate.engine.phase import Waiting
from bedplate.errors import PermanentError, Refused, TemporaryError
from bedplate.service import run_to_end
from tests.unit.engine.small import TEXT, Made, Put, key, permanent, table, temporary
from tests.unit.service.office import ABC, SECONDS, NeverKept

# -- from begin to end -----------------------------------------------------------------------------


def test_a_run_settles_every_step_and_is_completed(office):
    assert office.run(ABC) is RunState.COMPLETED
    assert office.site.shelf.changes == ["put a", "put b", "put c"]
    assert office.states == dict.fromkeys("abc", StepState.COMPLETED)
    run = office.last_run
    assert (run.state, run.site, run.cluster, run.operation) == (
        RunState.COMPLETED,
        "small",
        "w01",
        "small",
    )
    assert (run.spec_text, run.requested_by) == (TEXT, "me")
    assert office.watch.events[-1] == "c settled in 0 s"


def test_a_settled_step_leaves_its_fact_in_the_journal(office):
    office.run(ABC)
    record = office.journal.steps(office.last_run.id)["b"]
    assert (record.fact_key, record.fact_version) == ("b", 1)
    assert key("b").parse(record.fact) == Made(name="b", serial="b")


def test_a_finished_cluster_is_looked_at_and_nothing_is_done(office):
    office.run(ABC)
    first, changes = office.last_run.id, list(office.site.shelf.changes)
    assert office.run(ABC) is RunState.COMPLETED
    assert office.last_run.id != first
    assert office.site.shelf.changes == changes
    assert office.states == {"c": StepState.KEPT}


def test_a_step_kept_at_its_turn_is_recorded_as_kept_with_its_reason(office):
    class Skipped(Put):
        def skip(self, spec):
            return "not asked for"

        def check(self, given, tools):
            return Made(name="none")

    operation = Operation("small", [("a", Put("a"), ""), ("b", Skipped("b"), "a")])
    assert office.run(operation) is RunState.COMPLETED
    assert office.states == {"b": StepState.KEPT}
    operation = Operation(
        "small", [("a", Put("a"), ""), ("b", Skipped("b"), "a"), ("c", Put("c"), "a b")]
    )
    office.run(operation)
    assert office.states["b"] is StepState.KEPT
    assert "b kept: not asked for" in office.watch.events


def test_a_step_that_another_made_meanwhile_is_kept_at_its_turn(office):
    class MakesBoth(Put):
        def run(self, given, tools):
            tools.ports.vault.put("b", "b")
            return super().run(given, tools)

    operation = Operation("small", [("a", MakesBoth("a"), ""), ("b", Put("b"), "a")])
    office.run(operation)
    assert office.states == {"a": StepState.COMPLETED, "b": StepState.KEPT}
    assert "b kept: already so" in office.watch.events


def test_steps_side_by_side_share_one_session(office):
    meeting = threading.Barrier(2)

    class Meets(Put):
        def run(self, given, tools):
            meeting.wait(SECONDS)
            return super().run(given, tools)

    operation = Operation("small", [("a", Meets("a"), ""), ("b", Meets("b"), "")])
    with office.session(operation) as session:
        assert run_to_end(session) is RunState.COMPLETED
    assert office.states == dict.fromkeys("ab", StepState.COMPLETED)


def test_a_run_up_to_a_step_stays_open_and_goes_on_later(office):
    assert office.run(ABC, last="b") is RunState.OPEN
    run = office.last_run
    assert run.state is RunState.OPEN
    assert office.site.shelf.changes == ["put a", "put b"]
    assert office.run(ABC, first="c") is RunState.COMPLETED
    assert office.last_run.id == run.id
    assert office.site.shelf.changes == ["put a", "put b", "put c"]


def test_a_run_from_a_step_is_refused_while_one_before_it_is_to_do(office):
    with pytest.raises(Refused, match="a, b must be settled"):
        office.run(ABC, first="c")
    assert office.site.shelf.changes == []


# -- failure and resume ----------------------------------------------------------------------------


def test_a_failed_run_is_recorded_and_the_same_run_is_resumed(office):
    office.site.shelf.troubles["put b"] = [permanent()]
    with pytest.raises(PermanentError, match="BROKEN"):
        office.run(ABC)
    failed = office.last_run
    assert failed.state is RunState.FAILED
    assert office.states == {"a": StepState.COMPLETED, "b": StepState.FAILED}
    assert office.run(ABC) is RunState.COMPLETED
    assert [run.id for run in office.journal.runs()] == [failed.id]
    assert office.site.shelf.changes == ["put a", "put b", "put b", "put c"]


def test_a_resumed_run_is_open_while_it_runs(office):
    office.site.shelf.troubles["put b"] = [permanent()]
    with pytest.raises(PermanentError):
        office.run(ABC)
    with office.session(ABC):
        assert office.last_run.state is RunState.OPEN
        assert office.last_run.ended_at is None


def test_the_error_of_a_failed_attempt_is_in_the_journal(office):
    office.site.shelf.troubles["put a"] = [permanent()]
    with pytest.raises(PermanentError):
        office.run(ABC)
    [attempt] = office.journal.attempts(office.last_run.id)
    assert attempt.outcome is StepState.FAILED
    assert attempt.error["code"] == "BROKEN"
    assert attempt.error["remedy"] == "mend it"


def test_resume_does_not_make_again_what_nothing_needs_any_more(office):
    office.site.shelf.troubles["put c"] = [permanent()]
    with pytest.raises(PermanentError):
        office.run(ABC)
    del office.site.shelf.things["a"]
    office.site.shelf.calls.clear()
    assert office.run(ABC) is RunState.COMPLETED
    assert office.site.shelf.changes == ["put c"]
    assert "get a" not in office.site.shelf.calls


def test_an_error_that_nobody_expected_leaves_the_run_open(office):
    class Bug(Put):
        def run(self, given, tools):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        office.run(Operation("small", [("a", Bug("a"), "")]))
    assert office.last_run.state is RunState.OPEN
    assert office.journal.lease("w01") is None


class DiesOnce(Put):
    """Does its work once, and its process ends before that is recorded."""

    died = False

    def run(self, given, tools):
        super().run(given, tools)
        if not self.died:
            self.died = True
            raise ZeroDivisionError


def test_work_done_but_not_recorded_before_a_crash_is_recorded_by_the_next_session(office):
    operation = Operation("small", [("a", DiesOnce("a"), ""), ("b", Put("b"), "a")])
    with pytest.raises(ZeroDivisionError):
        office.run(operation)
    run = office.last_run
    assert office.states == {"a": StepState.RUNNING}
    assert office.run(operation) is RunState.COMPLETED
    assert office.last_run.id == run.id
    assert office.states == {"a": StepState.KEPT, "b": StepState.COMPLETED}
    record = office.journal.steps(run.id)["a"]
    assert key("a").parse(record.fact) == Made(name="a", serial="a")
    assert office.site.shelf.changes == ["put a", "put b"]


def test_a_look_with_a_bug_is_not_taken_for_work_to_do(office):
    fields: dict[str, Made] = {}

    class Bug(Put):
        def check(self, given, tools):
            return fields["no such field"]

    with pytest.raises(KeyError, match="no such field"):
        office.run(Operation("small", [("a", Bug("a"), "")]))
    assert office.site.shelf.changes == []


# -- patience --------------------------------------------------------------------------------------


def test_a_temporary_error_is_retried_after_a_growing_pause(office):
    office.site.shelf.troubles["put a"] = [temporary(), temporary()]
    assert office.run(table("a")) is RunState.COMPLETED
    assert office.site.clock.now() == 10 + 20
    assert office.attempts == [
        ("a", StepState.FAILED),
        ("a", StepState.FAILED),
        ("a", StepState.COMPLETED),
    ]
    assert office.watch.events == [
        "a started",
        "a retries after BUSY in 10 s",
        "a started",
        "a retries after BUSY in 20 s",
        "a started",
        "a settled in 0 s",
    ]


def test_patience_ends_after_the_last_attempt(office):
    office.site.shelf.troubles["put a"] = [temporary()] * 9
    with pytest.raises(TemporaryError, match="BUSY"):
        office.run(table("a"))
    assert office.site.shelf.changes == ["put a"] * Put.patience.tries
    assert office.site.clock.now() == 10 + 20 + 40 + 80 + 160
    assert office.watch.events[-1] == "a failed with BUSY"
    assert office.last_run.state is RunState.FAILED


def test_attempts_that_end_at_their_deadline_are_fewer_than_those_that_something_else_ends(office):
    class NeverReady(NeverKept):
        def verify(self, given, tools):
            return Waiting("2 of 3")

    office.site.shelf.troubles["put a"] = [temporary()] * 2
    with pytest.raises(TemporaryError, match="2 of 3"):
        office.run(Operation("small", [("a", NeverReady("a"), "")]))
    seconds = [one.seconds for one in office.journal.attempts(office.last_run.id)]
    assert seconds == [0.0] * 2 + [60.0] * Put.patience.attempts


def test_a_permanent_error_is_not_retried(office):
    office.site.shelf.troubles["put a"] = [permanent()]
    with pytest.raises(PermanentError):
        office.run(table("a"))
    assert office.site.shelf.changes == ["put a"]
    assert office.watch.events[-1] == "a failed with BROKEN"


def test_a_look_of_the_plan_is_retried_too(office):
    office.site.shelf.troubles["get a"] = [temporary()]
    assert office.run(table("a")) is RunState.COMPLETED
    assert office.site.clock.now() == 10


def test_a_plan_that_cannot_look_fails_the_run_and_changes_nothing(office):
    office.site.shelf.troubles["get c"] = [temporary()] * 9
    with pytest.raises(TemporaryError, match="BUSY"):
        office.run(ABC)
    assert office.site.shelf.changes == []
    assert office.last_run.state is RunState.FAILED
    assert office.watch.events[-1] == "c failed with BUSY"


def test_what_an_attempt_waited_on_is_in_the_journal(office):
    class NeverReady(NeverKept):
        def verify(self, given, tools):
            return Waiting("2 of 3")

    with pytest.raises(TemporaryError, match="2 of 3"):
        office.run(Operation("small", [("a", NeverReady("a"), "")]))
    attempts = office.journal.attempts(office.last_run.id)
    assert [(a.waited_on, a.seconds) for a in attempts] == [("2 of 3", 60.0)] * 3


def test_a_secret_that_an_error_quotes_does_not_reach_the_journal(office):
    KNOWN.remember("pa55-of-this-test")
    office.site.shelf.troubles["put a"] = [PermanentError("BROKEN", "said pa55-of-this-test")]
    with pytest.raises(PermanentError):
        office.run(ABC)
    [attempt] = office.journal.attempts(office.last_run.id)
    assert attempt.error["seen"] == "said [redacted]"
