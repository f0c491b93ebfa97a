"""One runner at a time: who holds a run, who takes it over, and how it is stopped."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bedplate.adapters.journal import SqlJournal
from bedplate.adapters.runner import this_runner
from bedplate.engine.journal import RunState, StepState
from bedplate.engine.operation import Operation
from bedplate.engine.phase import Waiting
from bedplate.engine.settle import STOPPED
from bedplate.errors import JournalError, LeaseHeld, LeaseLost, PermanentError
from bedplate.service import run_to_end
from tests.unit.engine.small import MORE_WORKERS, Put, table
from tests.unit.service.office import ABC, SECONDS, NeverKept

# -- one runner at a time --------------------------------------------------------------------------


def test_a_second_session_on_the_same_run_is_told_who_holds_it(office):
    with office.session(ABC) as session:
        with pytest.raises(
            LeaseHeld, match=rf"process {this_runner().pid} .* run {session.run.id}"
        ):
            office.session(ABC).__enter__()
        assert run_to_end(session) is RunState.COMPLETED
    assert len(office.journal.runs()) == 1


def test_another_operation_on_the_cluster_has_to_wait(office):
    other = Operation("other", [("a", Put("a"), "")])
    with office.session(ABC), pytest.raises(LeaseHeld):
        office.run(other)
    assert office.run(other) is RunState.COMPLETED


def test_of_sessions_opened_at_the_same_moment_one_wins(office):
    start, decided = threading.Barrier(4), threading.Barrier(4)

    def contend(_):
        start.wait(SECONDS)
        try:
            with office.session(ABC) as session:
                decided.wait(SECONDS)
                return session.run.id
        except LeaseHeld:
            decided.wait(SECONDS)
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [run_id for run_id in pool.map(contend, range(4)) if run_id]
    assert won == [run.id for run in office.journal.runs()]


def test_a_session_gives_the_lease_back(office):
    with office.session(ABC):
        assert office.journal.lease("w01") is not None
    assert office.journal.lease("w01") is None


def test_a_lease_lost_stops_the_run_and_ends_nothing(office):
    taken = []

    class TakenOver(Put):
        def run(self, given, tools):
            taken.append(office.take_over())
            return super().run(given, tools)

    operation = Operation("small", [("a", TakenOver("a"), ""), ("b", Put("b"), "a")])
    with pytest.raises(LeaseLost):
        office.run(operation)
    assert office.site.shelf.changes == []
    assert office.last_run.state is RunState.OPEN
    assert office.states == {"a": StepState.RUNNING}
    [attempt] = office.journal.attempts(office.last_run.id)
    assert attempt.ended_at is None
    assert office.journal.lease("w01") == taken[0]


def test_a_lease_lost_while_waiting_stops_the_attempt_at_its_next_write(office):
    class TakenOverWhileWaiting(NeverKept):
        def verify(self, given, tools):
            office.take_over()
            return super().verify(given, tools)

    with pytest.raises(LeaseLost):
        office.run(Operation("small", [("a", TakenOverWhileWaiting("a"), "")]))
    assert office.states == {"a": StepState.RUNNING}


# -- what others did between a look at the runs and the lease --------------------------------------


class Delayed(SqlJournal):
    """Another runner acts after each of this one's first looks at the open runs."""

    def __init__(self, office, *meanwhile):
        super().__init__(office.url, clock=office.wall, lease_clock=office.wall)
        self._meanwhile = list(meanwhile)

    def open_run(self, cluster, operation):
        found = super().open_run(cluster, operation)
        if self._meanwhile:
            self._meanwhile.pop(0)()
        return found


def delayed_run_id(office, *meanwhile):
    journal = Delayed(office, *meanwhile)
    with office.session(ABC, journal=journal) as session:
        assert run_to_end(session) is RunState.COMPLETED
        run_id = session.run.id
    journal.close()
    return run_id


def test_a_run_that_another_began_meanwhile_is_continued(office):
    run_id = delayed_run_id(office, lambda: office.fail_at("a"))
    assert [run.id for run in office.journal.runs()] == [run_id]


def test_a_run_that_another_ended_meanwhile_is_not_begun_again(office):
    office.fail_at("a")
    ended = office.last_run.id
    run_id = delayed_run_id(office, lambda: office.run(ABC))
    assert [run.id for run in office.journal.runs()] == [run_id, ended]
    assert office.site.shelf.changes.count("put c") == 1


def test_of_a_run_ended_and_one_begun_meanwhile_the_new_one_is_continued(office):
    office.fail_at("a")

    def end_and_begin():
        office.run(ABC)
        office.site.shelf.things.clear()
        office.fail_at("a")

    run_id = delayed_run_id(office, end_and_begin)
    assert run_id == office.last_run.id
    assert len(office.journal.runs()) == 2


def test_a_specification_that_another_changed_meanwhile_is_the_one_compared(office):
    office.fail_at("a")

    def change():
        office.run(ABC, MORE_WORKERS, last="a")

    journal = Delayed(office, change)
    with office.session(ABC, MORE_WORKERS, journal=journal) as session:
        assert not session.changed
    journal.close()


class Full(SqlJournal):
    """A journal on a full disk."""

    def start_run(self, run):
        raise JournalError("JOURNAL_FULL", "no room")


def test_a_run_that_cannot_be_recorded_leaves_no_lease_behind(office):
    journal = Full(office.url, clock=office.wall, lease_clock=office.wall)
    with pytest.raises(JournalError, match="JOURNAL_FULL"):
        office.session(ABC, journal=journal).__enter__()
    journal.close()
    assert office.journal.lease("w01") is None


# -- stopping --------------------------------------------------------------------------------------


def test_a_stopped_run_ends_its_attempts_and_stays_open(office):
    class Stops(NeverKept):
        def verify(self, given, tools):
            session.stop()
            return Waiting("something long")

    operation = Operation("small", [("a", Stops("a"), ""), ("b", Put("b"), "a")])
    with office.session(operation) as session:
        with pytest.raises(PermanentError, match="was asked to stop") as stopped:
            run_to_end(session)
        assert f"bedplate resume {session.run.id}" in stopped.value.remedy
    assert stopped.value.code == STOPPED
    assert office.last_run.state is RunState.OPEN
    assert office.site.shelf.changes == ["put a"]
    assert office.journal.lease("w01") is None
    assert office.run(table("a", "b: a")) is RunState.COMPLETED
    assert len(office.journal.runs()) == 1


def test_a_session_stopped_before_its_plan_looks_at_nothing(office):
    with office.session(ABC) as session:
        session.stop()
        with pytest.raises(PermanentError, match="was asked to stop"):
            run_to_end(session)
    assert office.site.shelf.calls == []
    assert office.last_run.state is RunState.OPEN
