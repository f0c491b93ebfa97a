"""Steps run in threads, side by side where the table allows it."""

import threading

import pytest

from bedplate.engine.driver import drive
from bedplate.errors import PermanentError
from tests.unit.engine.small import permanent, table
from tests.unit.engine.tables import plan_in

SECONDS = 10


def plan_of(*rows, world=""):
    return plan_in(table(*rows), frozenset(world.split()), frozenset())


def test_every_step_is_settled_in_the_tables_order():
    order = []
    progress = drive(plan_of("a", "b: a", "c: b"), lambda step: order.append(step.name))
    assert order == ["a", "b", "c"]
    assert progress.complete


def test_a_plan_with_nothing_to_do_calls_nothing():
    order = []
    progress = drive(plan_of("a", "b: a", world="a b"), lambda step: order.append(step.name))
    assert order == []
    assert progress.complete


def test_steps_that_do_not_need_each_other_run_at_the_same_time():
    meeting = threading.Barrier(2)

    def settle(step):
        if step.name in ("b", "c"):
            meeting.wait(SECONDS)

    assert drive(plan_of("a", "b: a", "c: a", "d: b c"), settle).complete
    assert not meeting.broken


def test_one_worker_takes_one_step_at_a_time():
    running, most = set(), []

    def settle(step):
        running.add(step.name)
        most.append(len(running))
        running.discard(step.name)

    drive(plan_of("a", "b", "c", "d: a"), settle, workers=1)
    assert most == [1, 1, 1, 1]


def test_after_a_failure_running_steps_end_and_nothing_new_begins():
    failed, ended = threading.Event(), []

    def settle(step):
        if step.name == "a":
            failed.set()
            raise permanent()
        if step.name == "b":
            assert failed.wait(SECONDS)
        ended.append(step.name)

    with pytest.raises(PermanentError, match="BROKEN"):
        drive(plan_of("a", "b", "c: a", "d: c"), settle)
    assert ended == ["b"]


def test_after_a_failure_a_step_that_waits_for_a_thread_does_not_begin():
    begun = []

    def settle(step):
        begun.append(step.name)
        raise permanent(step.name)

    with pytest.raises(PermanentError, match="a: it is broken"):
        drive(plan_of("a", "b", "c"), settle, workers=1)
    assert begun == ["a"]


def test_with_one_thread_steps_begin_in_the_order_in_which_others_end():
    rows = ("a", "b", "c: b", "d: a", "e: c", "f: d")
    order = []
    drive(plan_of(*rows), lambda step: order.append(step.name), workers=1)
    assert order == ["a", "b", "d", "c", "f", "e"]


def test_an_error_that_nobody_expected_is_raised_before_the_others():
    meeting = threading.Barrier(3)

    def settle(step):
        meeting.wait(SECONDS)
        if step.name == "b":
            raise ZeroDivisionError
        raise permanent()

    with pytest.raises(ZeroDivisionError):
        drive(plan_of("a", "b", "c"), settle)
