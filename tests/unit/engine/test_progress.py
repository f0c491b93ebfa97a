"""Which steps may begin now, whatever the order in which others end."""

from hypothesis import given
from hypothesis import strategies as st

from bedplate.engine.plan import Action, narrow
from bedplate.engine.progress import Progress
from tests.unit.engine.small import table
from tests.unit.engine.tables import plan_in, plans

NOTHING = frozenset()


def names(steps):
    return [step.name for step in steps]


def begin(operation, world=NOTHING, first=None, last=None):
    return Progress(narrow(plan_in(operation, frozenset(world), NOTHING), first, last))


def test_steps_begin_when_all_before_them_are_settled():
    progress = begin(table("a", "b", "c: a b"))
    assert names(progress.ready()) == ["a", "b"]
    progress.settled("a")
    assert names(progress.ready()) == []
    progress.settled("b")
    assert names(progress.ready()) == ["c"]


def test_kept_steps_count_as_settled_from_the_start():
    progress = begin(table("a", "b: a"), world="a")
    assert names(progress.ready()) == ["b"]


def test_a_run_is_finished_when_nothing_runs_and_nothing_can_begin():
    progress = begin(table("a"))
    assert not progress.finished
    progress.ready()
    assert not progress.finished
    progress.settled("a")
    assert progress.finished
    assert progress.complete


def test_after_a_failure_what_runs_may_end_and_nothing_begins():
    progress = begin(table("a", "b", "c: b"))
    progress.ready()
    progress.failed("a")
    assert not progress.finished
    progress.settled("b")
    assert names(progress.ready()) == []
    assert progress.finished
    assert not progress.complete


def test_a_run_of_some_steps_finishes_without_being_complete():
    progress = begin(table("a", "b: a"), last="a")
    assert names(progress.ready()) == ["a"]
    progress.settled("a")
    assert progress.finished
    assert not progress.complete


def test_a_step_behind_one_that_was_left_never_begins():
    progress = begin(table("a", "x", "b: a x"), world="", first="a")
    assert names(progress.ready()) == ["a"]
    progress.settled("a")
    assert names(progress.ready()) == []
    assert progress.finished
    assert not progress.complete


@given(plans(), st.data())
def test_any_order_of_endings_respects_the_table_and_starts_everything_once(plan, data):
    progress, begun, ended, running = Progress(plan), [], set(plan.names(Action.KEEP)), []
    while not progress.finished:
        for step in progress.ready():
            assert step.after <= ended
            begun.append(step.name)
            running.append(step.name)
        assert running
        assert not progress.complete
        name = running.pop(data.draw(st.integers(0, len(running) - 1)))
        progress.settled(name)
        ended.add(name)
    assert sorted(begun) == sorted(plan.names(Action.DO, Action.LOOK))
    assert progress.complete


@given(plans(), st.data())
def test_a_failure_at_any_moment_starts_nothing_new(plan, data):
    progress, running = Progress(plan), []
    while running := running + names(progress.ready()):
        name = running.pop(data.draw(st.integers(0, len(running) - 1)))
        if data.draw(st.booleans()):
            progress.settled(name)
            continue
        progress.failed(name)
        for other in running:
            progress.settled(other)
            assert progress.ready() == ()
        assert progress.finished
        assert not progress.complete
        return
    assert progress.complete
