"""A small site with a journal, where sessions are opened, run, aborted and taken over."""

import pytest

from bedplate.adapters.journal import open_journal
from bedplate.adapters.runner import this_runner
from bedplate.errors import PermanentError
from bedplate.request import Request
from bedplate.service import Session, abort, run_to_end
from tests.unit.engine.small import (
    TEXT,
    FakeClock,
    Put,
    Recorder,
    Shelf,
    make_ports,
    permanent,
    small_bundle,
    spec_of,
    table,
)

SECONDS = 10  # how long a thread waits for another before a test fails

ABC = table("a", "b: a", "c: b")


class SmallSite:
    """A site that is one shelf and one clock."""

    def __init__(self, name="small"):
        self.name = name
        self.shelf = Shelf()
        self.clock = FakeClock()
        self.bundle_digest = "d1"

    def open(self, spec):
        return make_ports(self.shelf, self.clock)

    def bundle(self, spec):
        return small_bundle(self.bundle_digest)


class WallClock:
    """The journal's time: it passes when a test says so."""

    def __init__(self):
        self.seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


class Office:
    """One site with one journal, where sessions are opened."""

    def __init__(self, url):
        self.url = url
        self.wall = WallClock()
        self.journal = open_journal(url, clock=self.wall, lease_clock=self.wall)
        self.site = SmallSite()
        self.watch = Recorder()

    def session(self, operation, text=TEXT, *, journal=None, site=None, **limits):
        request = Request(operation, text, spec_of(text), "me", **limits)
        return Session(request, site or self.site, journal or self.journal, self.watch)

    def run(self, operation, text=TEXT, **limits):
        with self.session(operation, text, **limits) as session:
            return run_to_end(session, workers=1)

    def fail_at(self, name, operation=ABC):
        """Let a run fail at one step, and forget the calls it made."""
        self.site.shelf.troubles[f"put {name}"] = [permanent()]
        with pytest.raises(PermanentError):
            self.run(operation)
        self.site.shelf.calls.clear()

    def abort(self, operation):
        with self.session(operation, takes_back=True) as session:
            abort(session)

    @property
    def last_run(self):
        return self.journal.runs()[0]

    @property
    def states(self):
        return {name: r.state for name, r in self.journal.steps(self.last_run.id).items()}

    @property
    def attempts(self):
        return [(a.step, a.outcome) for a in self.journal.attempts(self.last_run.id)]

    def take_over(self):
        """Let the lease expire, and another runner take it."""
        self.wall.seconds += 3600
        return self.journal.acquire("w01", self.last_run.id, "small", this_runner())


class NeverKept(Put):
    """Finds nothing done already, so that verify is called by an attempt only."""

    def check(self, given, tools):
        return None
