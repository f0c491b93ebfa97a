"""Leases between real processes of one machine, and random histories of many runners."""

import itertools
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.adapters.journal import SqlJournal, open_journal
from bedplate.adapters.runner import this_runner
from bedplate.engine.journal import LineKind, Run, Runner, RunState, Writer
from bedplate.errors import LeaseHeld, LeaseLost

HOLD = """
import sys
from bedplate.adapters.journal import open_journal
from bedplate.adapters.runner import this_runner
open_journal(sys.argv[1]).acquire("c1", "r1", "create", this_runner())
print("held", flush=True)
input()
"""


def a_run(run_id="r1"):
    return Run(run_id, "create", "c1", "lab", "", "f", "b", RunState.OPEN, 1.0, None, "me")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/journal.sqlite"


@pytest.fixture
def holder(url):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.communicate()


@pytest.mark.parametrize("run_id", ["r1", "r2"])
def test_anyone_takes_over_at_once_from_a_killed_process(url, holder, run_id):
    journal = open_journal(url)
    with pytest.raises(LeaseHeld, match=f"process {holder.pid} on "):
        journal.acquire("c1", run_id, "create", this_runner())
    holder.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
    assert journal.acquire("c1", run_id, "create", this_runner()).token == 2
    journal.close()


def test_a_live_process_that_stopped_its_heartbeat_loses_its_lease_only_at_the_expiry(url, holder):
    opened = open_journal(url)
    held = opened.lease("c1")
    assert held is not None
    opened.close()
    for now, wins in ((held.expires_at - 0.5, False), (held.expires_at, True)):
        journal = SqlJournal(url, lease_clock=itertools.repeat(now).__next__)
        if wins:
            assert journal.acquire("c1", "r1", "create", this_runner()).token == 2
        else:
            with pytest.raises(LeaseHeld):
                journal.acquire("c1", "r1", "create", this_runner())
        journal.close()


NAMES = "abc"
moves = st.lists(
    st.tuples(
        st.sampled_from(["acquire", "acquire", "heartbeat", "release", "kill", "wait", "write"]),
        st.sampled_from(NAMES),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from([0.5, 6.0, 16.0]),
    ),
    max_size=40,
)


class History:
    """Several runners play; what the journal accepts is held against the newest token given."""

    def __init__(self, url, knows_the_dead):
        self.now, self.dead, self.held, self.tokens = 0.0, set(), {}, [0]
        alive = (lambda r: r.id not in self.dead) if knows_the_dead else (lambda r: None)
        self.journal = SqlJournal(url, clock=self.time, lease_clock=self.time, is_alive=alive)
        self.journal.migrate()
        self.journal.start_run(a_run("r1"))
        self.journal.start_run(a_run("r2"))

    def time(self):
        return self.now

    def play(self, move, name, run_id, seconds):
        if move == "wait":
            self.now += seconds
        elif move == "kill":
            self.dead.add(name)
        elif move == "acquire":
            self.acquire(name, run_id)
        elif name in self.held:
            getattr(self, move)(name)

    def acquire(self, name, run_id):
        self.dead.discard(name)  # a new process of the same name
        before = self.journal.lease("c1")
        try:
            lease = self.journal.acquire("c1", run_id, "create", Runner(name, name, 1, "1"))
        except LeaseHeld:
            assert before is not None
            assert before.expires_at > self.now
            return
        assert lease.token > self.tokens[-1]
        self.tokens.append(lease.token)
        self.held[name] = lease

    def accepted(self, name, act):
        try:
            act()
        except LeaseLost:
            return False
        assert self.held[name].token == self.tokens[-1]
        return True

    def write(self, name):
        lease = self.held[name]
        writer = Writer("c1", lease.run_id, lease.token)
        note = (writer, "s", LineKind.NOTE, "token", lease.token)
        was_newest = lease.token == self.tokens[-1]
        assert self.accepted(name, lambda: self.journal.write(*note)) == was_newest

    def heartbeat(self, name):
        self.accepted(name, lambda: self.journal.heartbeat(self.held[name]))

    def release(self, name):
        before = self.journal.lease("c1")
        self.journal.release(self.held[name])
        if self.held[name].token != self.tokens[-1]:
            assert self.journal.lease("c1") == before

    def check(self):
        lines = [*self.journal.lines("r1"), *self.journal.lines("r2")]
        written = [str(line.value) for line in sorted(lines, key=lambda line: line.number)]
        assert written == sorted(written, key=int)


@settings(max_examples=60)
@given(moves=moves, knows_the_dead=st.booleans())
def test_only_the_newest_holder_writes_and_tokens_grow_whatever_happens(
    tmp_path_factory, moves, knows_the_dead
):
    folder = tmp_path_factory.mktemp("history")
    history = History(f"sqlite:///{folder}/journal.sqlite", knows_the_dead)
    for move in moves:
        history.play(*move)
    history.check()
    history.journal.close()
