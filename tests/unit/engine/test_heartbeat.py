"""A lease is kept alive by a thread of its own."""

import threading
from dataclasses import replace
from typing import cast

import pytest

from bedplate.adapters.runner import this_runner
from bedplate.engine.heartbeat import Heartbeat
from bedplate.engine.journal import Journal, Lease
from bedplate.errors import JournalError, LeaseLost

SECONDS = 10


class Beats:
    """Counts what reaches a journal, and lets a test wait for it."""

    def __init__(self, journal, troubles=()):
        self._journal = journal
        self._troubles = list(troubles)
        self.seen = threading.Semaphore(0)

    def heartbeat(self, lease: Lease) -> Lease:
        try:
            if self._troubles:
                raise self._troubles.pop(0)
            return self._journal.heartbeat(lease)
        finally:
            self.seen.release()

    def wait_for(self, beats):
        for _ in range(beats):
            assert self.seen.acquire(timeout=SECONDS)


def acquire(journal, **changes):
    return journal.acquire("w01", "run-1", "small", replace(this_runner(), **changes))


def test_a_lease_is_extended_while_its_holder_works(journal):
    lease = acquire(journal)
    beats = Beats(journal)
    heartbeat = Heartbeat(cast(Journal, beats), lease, seconds=0.001)
    heartbeat.start()
    beats.wait_for(3)
    heartbeat.stop()
    heartbeat.require_ours()
    assert journal.lease("w01").expires_at > lease.expires_at


def test_after_the_end_no_beat_follows(journal):
    heartbeat = Heartbeat(journal, acquire(journal), seconds=60)
    heartbeat.start()
    heartbeat.stop()
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_a_lease_taken_over_is_noticed(journal):
    lease = acquire(journal, started="never")
    acquire(journal)
    beats = Beats(journal)
    heartbeat = Heartbeat(cast(Journal, beats), lease, seconds=0.001)
    heartbeat.start()
    beats.wait_for(1)
    heartbeat.stop()
    with pytest.raises(LeaseLost):
        heartbeat.require_ours()


def test_a_journal_that_is_busy_for_a_beat_costs_no_lease(journal):
    beats = Beats(journal, [JournalError("JOURNAL_LOCKED", "busy")] * 2)
    heartbeat = Heartbeat(cast(Journal, beats), acquire(journal), seconds=0.001)
    heartbeat.start()
    beats.wait_for(3)
    heartbeat.stop()
    heartbeat.require_ours()
