"""A journal on each kind of database, and what its tests write into it."""

import pytest

from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import Run, Runner, RunState, StepRecord, StepState, Writer

ELSEWHERE = Runner("else/7/1", "else", 7, "1")
OTHER = Runner("other/8/1", "other", 8, "1")


class Hands:
    """A clock set by hand."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def journal_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/journal.sqlite"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def journal(journal_url, clock):
    journal = open_journal(journal_url, clock=clock, lease_clock=clock)
    yield journal
    journal.close()


def run(run_id="r1", operation="create", cluster="c1", state=RunState.OPEN, at=1.0, site="lab"):
    return Run(run_id, operation, cluster, site, "spec: ä", "f1", "b1", state, at, None, "me")


def begin(journal, run_id="r1", cluster="c1", runner=ELSEWHERE):
    journal.start_run(run(run_id, cluster=cluster))
    lease = journal.acquire(cluster, run_id, "create", runner)
    return lease, Writer(cluster, run_id, lease.token)


def record(step="net", state=StepState.COMPLETED, at=5.0):
    return StepRecord(step, state, "f1", "net", 1, '{"a":1}', at)
