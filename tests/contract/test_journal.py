"""What every journal promises to remember, on SQLite and on Postgres."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

import pytest

from bedplate.engine.journal import LineKind, RunState, StepState, Writer
from bedplate.errors import BadInput, JournalError
from tests.contract.journals import ELSEWHERE, OTHER, begin, record, run

# -- runs ------------------------------------------------------------------------------------------


def test_a_run_is_read_as_it_was_written(journal):
    journal.start_run(run())
    assert journal.run("r1") == run()


def test_a_run_is_found_by_the_beginning_of_its_id_in_the_same_case(journal):
    journal.start_run(run("ab12"))
    assert journal.run("ab").id == "ab12"
    assert [journal.run(text) for text in ("AB", "b1", "", "a%", "ab12x")] == [None] * 5


def test_an_ambiguous_beginning_is_refused_with_the_candidates(journal):
    for run_id in ("ab", "ab1", "ab2"):
        journal.start_run(run(run_id))
    assert journal.run("ab").id == "ab"  # a whole id is never ambiguous
    with pytest.raises(BadInput, match=r"ab1 .*|ab2 .*") as caught:
        journal.run("a")
    assert caught.value.code == "RUN_AMBIGUOUS"


def test_the_same_run_cannot_be_recorded_twice(journal):
    journal.start_run(run())
    with pytest.raises(JournalError) as caught:
        journal.start_run(run())
    assert caught.value.code == "JOURNAL_DUPLICATE"


def test_the_open_run_is_the_newest_that_is_open_or_failed(journal):
    states = [RunState.FAILED, RunState.OPEN, RunState.COMPLETED, RunState.ABORTED]
    for at, state in enumerate(states):
        journal.start_run(run(f"r{at}", state=state, at=float(at)))
    journal.start_run(run("other", cluster="c2", at=9.0))
    assert journal.open_run("c1", "create").id == "r1"
    assert journal.open_run("c1", "upgrade") is None


def test_runs_come_newest_first_up_to_the_limit(journal):
    for at, cluster in enumerate(["c1", "c2", "c1"]):
        journal.start_run(run(f"r{at}", cluster=cluster, at=float(at)))
    assert [r.id for r in journal.runs()] == ["r2", "r1", "r0"]
    assert [r.id for r in journal.runs("c1", limit=1)] == ["r2"]


def test_a_run_ends_and_opens_again(journal, clock):
    _, writer = begin(journal)
    journal.end_run(writer, RunState.FAILED)
    assert (journal.run("r1").state, journal.run("r1").ended_at) == (RunState.FAILED, clock.now)
    journal.end_run(writer, RunState.OPEN)
    assert (journal.run("r1").state, journal.run("r1").ended_at) == (RunState.OPEN, None)


def test_a_run_goes_on_with_another_specification(journal):
    _, writer = begin(journal)
    journal.respecify(writer, "new", "f2", "b2")
    run = journal.run("r1")
    assert (run.spec_text, run.fingerprint, run.bundle) == ("new", "f2", "b2")


# -- steps and attempts ----------------------------------------------------------------------------


def test_a_settled_attempt_leaves_its_record_and_its_end(journal, clock):
    _, writer = begin(journal)
    number = journal.start_attempt(writer, "net", "me", "f1")
    assert (number, journal.steps("r1")["net"].state) == (1, StepState.RUNNING)
    clock.now += 3
    journal.settle(writer, record(), number, 2.5)
    assert journal.steps("r1") == {"net": record()}
    (attempt,) = journal.attempts("r1")
    assert (attempt.outcome, attempt.seconds, attempt.ended_at) == (StepState.COMPLETED, 2.5, 1003)


def test_a_step_that_needed_no_attempt_is_recorded_without_one(journal):
    _, writer = begin(journal)
    journal.settle(writer, record(state=StepState.KEPT), None, None)
    assert journal.steps("r1")["net"].state is StepState.KEPT
    assert journal.attempts("r1") == ()


def test_a_failed_attempt_keeps_its_error_and_the_next_one_counts_on(journal):
    _, writer = begin(journal)
    number = journal.start_attempt(writer, "net", "me", "f1")
    journal.end_attempt(
        writer, "net", number, seconds=1.0, waited_on="a node", error={"code": "DEADLINE"}
    )
    assert journal.steps("r1")["net"].state is StepState.FAILED
    assert journal.start_attempt(writer, "net", "me", "f1") == 2
    first, second = journal.attempts("r1")
    assert (first.waited_on, first.error, first.outcome) == (
        "a node", {"code": "DEADLINE"}, StepState.FAILED,
    )  # fmt: skip
    assert (second.ended_at, second.error, second.outcome) == (None, None, StepState.RUNNING)


def test_an_attempt_ends_once(journal):
    _, writer = begin(journal)
    number = journal.start_attempt(writer, "net", "me", "f1")
    journal.settle(writer, record(), number, 1.0)
    with pytest.raises(JournalError) as caught:
        journal.settle(writer, record(state=StepState.KEPT), number, 1.0)
    assert caught.value.code == "JOURNAL_NO_ATTEMPT"
    assert journal.steps("r1")["net"].state is StepState.COMPLETED  # nothing was written


def test_a_killed_attempt_is_closed_at_its_last_line_by_the_next(journal, clock):
    _, writer = begin(journal)
    journal.start_attempt(writer, "net", "process 7", "f1")
    clock.now = 1004
    journal.write(writer, "net", LineKind.INTENT, "kube.apply", None)
    clock.now = 1009
    assert journal.start_attempt(writer, "net", "process 9", "f1") == 2
    killed = journal.attempts("r1")[0]
    assert (killed.outcome, killed.ended_at) == (StepState.FAILED, 1004)
    assert killed.error["code"] == "INTERRUPTED"
    assert "process 7" in killed.error["seen"]


def test_a_killed_attempt_is_closed_at_its_holders_last_heartbeat(journal, clock):
    lease, writer = begin(journal)
    journal.start_attempt(writer, "net", "process 7", "f1")
    clock.now = 1006
    journal.heartbeat(lease)
    clock.now = 1100
    taken = journal.acquire("c1", "r1", "create", OTHER)
    assert journal.attempts("r1")[0].ended_at is None
    journal.start_attempt(Writer("c1", "r1", taken.token), "net", "process 8", "f1")
    assert journal.attempts("r1")[0].ended_at == 1006


def test_an_undone_step_has_no_fact_and_need_not_have_been_begun(journal):
    _, writer = begin(journal)
    journal.settle(writer, record(), None, None)
    for step in ("net", "never"):
        journal.undone(writer, step)
        undone = journal.steps("r1")[step]
        assert (undone.state, undone.fact) == (StepState.UNDONE, None)


def test_durations_are_the_last_completed_ones_of_an_operation_at_a_site(journal):
    _, writer = begin(journal)
    for seconds in range(60):
        number = journal.start_attempt(writer, "net", "me", "f1")
        journal.settle(writer, record(), number, float(seconds))
    kept = journal.start_attempt(writer, "net", "me", "f1")
    journal.settle(writer, record(state=StepState.KEPT), kept, 99.0)
    assert journal.durations("create", "lab") == {"net": [float(s) for s in range(10, 60)]}
    assert journal.durations("create", "elsewhere") == journal.durations("scale", "lab") == {}


# -- lines -----------------------------------------------------------------------------------------

VALUES = [None, True, 3, 1.5, "ä\0\ud800", [1, [None]], {"a": {"b": [1]}}, {}, "x" * 1_000_000]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_a_line_keeps_any_json(journal, value):
    _, writer = begin(journal)
    journal.write(writer, "net", LineKind.NOTE, "name", value)
    (line,) = journal.lines("r1")
    assert (line.step, line.kind, line.what, line.value) == ("net", LineKind.NOTE, "name", value)


def test_a_line_takes_other_mappings_and_sequences_as_json(journal):
    _, writer = begin(journal)
    journal.write(writer, "net", LineKind.NOTE, "n", MappingProxyType({"a": (1, range(2))}))
    assert journal.lines("r1")[0].value == {"a": [1, [0, 1]]}


@pytest.mark.parametrize("value", [math.nan, object(), {"a": {1}}], ids=["nan", "object", "set"])
def test_what_is_not_json_is_refused_and_nothing_is_written(journal, value):
    _, writer = begin(journal)
    with pytest.raises(JournalError) as caught:
        journal.write(writer, "net", LineKind.NOTE, "n", value)
    assert (caught.value.code, journal.lines("r1")) == ("JOURNAL_VALUE", ())


def test_text_that_is_not_unicode_is_refused(journal):
    _, writer = begin(journal)
    with pytest.raises(JournalError) as caught:
        journal.write(writer, "net", LineKind.NOTE, "\ud800", None)
    assert caught.value.code == "JOURNAL_VALUE"


def test_lines_come_in_the_order_written_and_by_step(journal):
    _, writer = begin(journal)
    for what in range(6):
        journal.write(writer, "ab"[what % 2], LineKind.NOTE, str(what), None)
    assert [line.what for line in journal.lines("r1")] == list("012345")
    assert [line.what for line in journal.lines("r1", "b")] == list("135")
    numbers = [line.number for line in journal.lines("r1")]
    assert numbers == sorted(set(numbers))


def test_a_line_needs_a_recorded_run(journal):
    lease = journal.acquire("c1", "nobody", "create", ELSEWHERE)
    with pytest.raises(JournalError) as caught:
        journal.write(Writer("c1", "nobody", lease.token), "net", LineKind.NOTE, "n", None)
    assert caught.value.code == "JOURNAL_NO_RUN"


def test_threads_of_one_process_write_side_by_side(journal):
    _, writer = begin(journal)

    def work(step):
        for again in range(10):
            number = journal.start_attempt(writer, step, "me", "f1")
            journal.write(writer, step, LineKind.INTENT, str(again), None)
            journal.settle(writer, record(step), number, 1.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, "abcdefgh"))
    assert len(journal.lines("r1")) == 80
    assert {len(found) for found in journal.durations("create", "lab").values()} == {10}


def test_a_step_begun_under_another_fingerprint_has_none_until_it_settles(journal):
    _, writer = begin(journal)
    journal.start_attempt(writer, "workers", "me", "old")
    assert journal.steps(writer.run_id)["workers"].fingerprint == "old"
    journal.start_attempt(writer, "workers", "me", "new")
    assert journal.steps(writer.run_id)["workers"].fingerprint == ""
    number = journal.start_attempt(writer, "workers", "me", "new")
    begun = journal.steps(writer.run_id)["workers"]
    assert begun.fingerprint == "", "killed again, it is still open"
    settled = replace(begun, state=StepState.COMPLETED, fingerprint="new")
    journal.settle(writer, settled, number, 1.0)
    assert journal.steps(writer.run_id)["workers"].fingerprint == "new"
