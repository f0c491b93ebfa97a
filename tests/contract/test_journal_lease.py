"""Whose writes a journal takes, and who gets a cluster's lease, on SQLite and on Postgres."""

import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from bedplate.adapters.journal import SqlJournal, open_journal
from bedplate.engine.journal import LineKind, Runner, RunState, Writer
from bedplate.errors import LeaseHeld, LeaseLost
from tests.contract.journals import ELSEWHERE, OTHER, begin, record, run

# -- the fence -------------------------------------------------------------------------------------

WRITES = {
    "end_run": lambda j, w: j.end_run(w, RunState.COMPLETED),
    "respecify": lambda j, w: j.respecify(w, "s", "f", "b"),
    "start_attempt": lambda j, w: j.start_attempt(w, "net", "me", "f"),
    "settle": lambda j, w: j.settle(w, record(), None, None),
    "end_attempt": lambda j, w: j.end_attempt(
        w, "net", 1, seconds=1.0, waited_on=None, error={}
    ),
    "undone": lambda j, w: j.undone(w, "net"),
    "write": lambda j, w: j.write(w, "net", LineKind.NOTE, "n", None),
}  # fmt: skip


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_under_an_older_token_is_refused_and_changes_nothing(journal, clock, write):
    _, old = begin(journal)
    journal.start_attempt(old, "net", "me", "f1")
    clock.now += 100
    journal.acquire("c1", "r1", "create", OTHER)

    def everything():
        return (journal.run("r1"), journal.steps("r1"), journal.attempts("r1"), journal.lines("r1"))

    before = everything()
    with pytest.raises(LeaseLost, match=r"process 8 on other.*token 2") as caught:
        write(journal, old)
    assert (caught.value.code, everything()) == ("LEASE_LOST", before)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    "forged", [Writer("c1", "r1", 9), Writer("c1", "r2", 1), Writer("c9", "r1", 1)]
)
def test_a_write_under_a_lease_that_was_never_given_is_refused(journal, write, forged):
    begin(journal)
    journal.start_run(run("r2"))
    with pytest.raises(LeaseLost):
        write(journal, forged)


# -- the lease -------------------------------------------------------------------------------------


def test_a_lease_is_held_until_it_is_given_back_and_its_token_grows(journal):
    assert journal.lease("c1") is None
    first = journal.acquire("c1", "r1", "create", ELSEWHERE)
    assert journal.lease("c1") == first
    assert (first.token, first.expires_at - first.acquired_at) == (1, 15)
    journal.release(first)
    assert journal.lease("c1") is None
    assert journal.acquire("c1", "r2", "scale", OTHER).token == 2


def test_a_held_lease_is_refused_with_who_holds_it(journal, clock):
    journal.acquire("c1", "r1", "create", ELSEWHERE)
    clock.now += 4
    with pytest.raises(LeaseHeld) as caught:
        journal.acquire("c1", "r2", "scale", OTHER)
    for part in ("process 7 on else", "run r1", "(create)", "1970-01-01 00:16:40", "4 s ago"):
        assert part in caught.value.seen
    assert (caught.value.code, "r1" in caught.value.remedy) == ("LEASE_HELD", True)
    assert caught.value.holder == ELSEWHERE.id


def test_leases_of_other_clusters_do_not_matter(journal):
    journal.acquire("c1", "r1", "create", ELSEWHERE)
    assert journal.acquire("c2", "r2", "create", OTHER).token == 1


def test_a_stranger_takes_over_only_at_the_expiry(journal, clock):
    journal.acquire("c1", "r1", "create", ELSEWHERE)
    clock.now += 14.9
    with pytest.raises(LeaseHeld):
        journal.acquire("c1", "r2", "scale", OTHER)
    clock.now += 0.1
    assert journal.acquire("c1", "r2", "scale", OTHER).token == 2


def test_the_same_run_takes_over_after_three_missed_heartbeats(journal, clock):
    journal.acquire("c1", "r1", "create", ELSEWHERE)
    clock.now += 9
    with pytest.raises(LeaseHeld):
        journal.acquire("c1", "r1", "create", OTHER)
    clock.now += 0.1
    assert journal.acquire("c1", "r1", "create", OTHER).token == 2


def test_a_heartbeat_extends_a_lease(journal, clock):
    lease = journal.acquire("c1", "r1", "create", ELSEWHERE)
    clock.now += 14
    lease = journal.heartbeat(lease)
    assert lease == journal.lease("c1")
    assert (lease.acquired_at, lease.heartbeat_at, lease.expires_at) == (1000, 1014, 1029)


def test_a_late_heartbeat_keeps_a_lease_that_nobody_took(journal, clock):
    lease = journal.acquire("c1", "r1", "create", ELSEWHERE)
    clock.now += 500
    assert journal.heartbeat(lease).expires_at == clock.now + 15


def test_a_heartbeat_of_a_lost_lease_is_refused_and_its_release_is_left_alone(journal, clock):
    old = journal.acquire("c1", "r1", "create", ELSEWHERE)
    clock.now += 20
    new = journal.acquire("c1", "r1", "create", OTHER)
    with pytest.raises(LeaseLost):
        journal.heartbeat(old)
    journal.release(old)
    assert journal.lease("c1") == new


def test_a_heartbeat_does_not_bring_back_what_was_given_back(journal):
    lease = journal.acquire("c1", "r1", "create", ELSEWHERE)
    journal.release(lease)
    with pytest.raises(LeaseLost, match="nobody holds it"):
        journal.heartbeat(lease)


def test_the_same_runner_takes_the_same_run_again_but_no_other(journal):
    journal.start_run(run())
    journal.acquire("c1", "r1", "create", ELSEWHERE)
    assert journal.acquire("c1", "r1", "create", ELSEWHERE).token == 2
    with pytest.raises(LeaseHeld):
        journal.acquire("c1", "r2", "scale", ELSEWHERE)


def test_a_runner_that_never_recorded_its_run_may_take_the_one_it_found(journal):
    journal.acquire("c1", "unrecorded", "create", ELSEWHERE)
    assert journal.acquire("c1", "r1", "create", ELSEWHERE).token == 2


def take_over_while(journal_url, act):
    """Take a dead holder's lease over; `act` begins in the middle of that. Return its outcome."""
    begun = []

    def dead_after_act_began(_):
        begun.append(pool.submit(act))
        wait(begun, timeout=0.3)  # it must not get through before the lease has changed hands
        return False

    with ThreadPoolExecutor(1) as pool:
        journal = SqlJournal(journal_url, is_alive=dead_after_act_began)
        lease = journal.acquire("c1", "r1", "create", OTHER)
        journal.close()
        return lease, begun[0].exception()


def test_a_write_that_meets_a_takeover_waits_for_it_and_is_refused(journal, journal_url, clock):
    clock.now = 4e9  # this lease does not expire under the real clock
    _, old = begin(journal)
    lease, raised = take_over_while(
        journal_url, lambda: journal.write(old, "net", LineKind.NOTE, "n", None)
    )
    assert (lease.token, type(raised), journal.lines("r1")) == (2, LeaseLost, ())


def test_of_two_takeovers_at_once_the_second_sees_the_first(journal, journal_url, clock):
    clock.now = 4e9
    begin(journal)
    third = Runner("third/9/1", "third", 9, "1")
    rival = SqlJournal(journal_url, is_alive=lambda runner: runner != ELSEWHERE)
    lease, raised = take_over_while(journal_url, lambda: rival.acquire("c1", "r1", "create", third))
    rival.close()
    assert (lease.token, type(raised)) == (2, LeaseHeld)
    assert journal.lease("c1") == lease


# -- clocks apart ----------------------------------------------------------------------------------


@pytest.fixture
def apart(journal_url):
    """The same journal as machines see it whose clocks are ten minutes fast, and ten slow."""
    clocks = [lambda: time.time() + 600, lambda: time.time() - 600]
    opened = [open_journal(journal_url, clock=clock) for clock in clocks]
    yield opened
    for one in opened:
        one.close()


def test_a_runner_whose_clock_is_fast_does_not_take_a_lease_that_is_alive(apart):
    fast, slow = apart
    lease = slow.acquire("c1", "r1", "create", ELSEWHERE)
    for rival in (fast, slow):
        with pytest.raises(LeaseHeld, match=r"\(0 s ago\)"):
            rival.acquire("c1", "r2", "scale", OTHER)
        with pytest.raises(LeaseHeld):
            rival.acquire("c1", "r1", "create", OTHER)
    assert fast.heartbeat(lease).token == lease.token


def test_leases_go_by_the_clock_of_the_database_whatever_the_machine_says(apart):
    fast, slow = apart
    leases = [fast.acquire("c1", "r1", "create", ELSEWHERE), slow.acquire("c2", "r2", "x", OTHER)]
    leases += [slow.heartbeat(leases[0]), fast.heartbeat(leases[1])]
    for lease in leases:  # of this machine, so the clock of the tests is the database's
        assert abs(lease.heartbeat_at - time.time()) < 30
    assert abs(fast.now() - slow.now()) < 30


# -- several processes -----------------------------------------------------------------------------


def claim(url, name, ready, answers):
    journal = open_journal(url)
    ready.wait()
    try:
        answers.put(journal.acquire("c1", name, "create", Runner(name, name, 1, "1")).token)
    except LeaseHeld as error:
        answers.put(error.code)
    journal.close()


def test_of_processes_that_open_a_new_journal_and_want_a_lease_at_once_one_wins(journal_url):
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(4), context.Queue()
    processes = [
        context.Process(target=claim, args=(journal_url, f"r{n}", ready, answers)) for n in range(4)
    ]
    for process in processes:
        process.start()
    found = [answers.get(timeout=50) for _ in processes]
    for process in processes:
        process.join()
    assert sorted(map(str, found)) == ["1", "LEASE_HELD", "LEASE_HELD", "LEASE_HELD"]


def test_threads_that_open_a_new_journal_at_once_all_can(journal_url):
    ready = threading.Barrier(6)

    def opened(name):
        ready.wait()
        journal = open_journal(journal_url)
        journal.start_run(run(name))
        journal.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(opened, "abcdef"))
    journal = SqlJournal(journal_url)
    assert {r.id for r in journal.runs()} == set("abcdef")
    journal.close()
