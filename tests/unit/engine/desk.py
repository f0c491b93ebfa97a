"""One step at work: a journal, a lease, ports under guard, and all that an attempt needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from bedplate.adapters.journal import SqlJournal
from bedplate.adapters.runner import this_host, this_runner
from bedplate.engine.effects import Ledger, guard
from bedplate.engine.journal import LineKind, Run, Runner, RunState, Writer
from bedplate.engine.operation import Operation
from bedplate.engine.phase import Phase
from bedplate.engine.settle import Attempt
from bedplate.fact import Fact, Given, Key
from bedplate.ports.tools import Tools
from bedplate.ports.vault import Vault
from tests.unit.engine.small import (
    TEXT,
    FakeClock,
    Recorder,
    Shelf,
    make_ports,
    small_bundle,
    spec_of,
)

RUN = Run(
    id="run-1",
    operation="small",
    cluster="w01",
    site="small",
    spec_text="",
    fingerprint="",
    bundle="",
    state=RunState.OPEN,
    started_at=0.0,
    ended_at=None,
    requested_by="",
)

# The process has this number today, but began at another time: whoever held it then is dead.
DEAD = Runner("dead", host=this_host(), pid=os.getpid(), started="never")


class Desk:
    """Holds the lease of run-1 in the name of a dead runner, so that it can be taken over."""

    def __init__(self, journal: SqlJournal) -> None:
        self.journal = journal
        self.clock = FakeClock()
        self.shelf = Shelf()
        self.watch = Recorder()
        self.said: list[str] = []
        lease = journal.acquire(RUN.cluster, RUN.id, RUN.operation, DEAD)
        journal.start_run(RUN)
        self.writer = Writer(RUN.cluster, RUN.id, lease.token)

    def ledger(self, step: str = "it") -> Ledger:
        return Ledger(self.journal, self.writer, step)

    def open_ledger(self, step: str = "it") -> Ledger:
        ledger = self.ledger(step)
        ledger.open = True
        return ledger

    def tools(self, ledger: Ledger) -> Tools:
        ports = make_ports(self.shelf, self.clock)
        guarded = replace(ports, vault=guard(ports.vault, Vault, "vault", ledger))
        return Tools(spec_of(TEXT), small_bundle(), guarded, ledger, self.said.append)

    def attempt(
        self,
        phase: Phase[Fact],
        *,
        keep: Callable[[Tools], None] | None = None,
        still_ours: Callable[[], None] = lambda: None,
        look_first: bool = True,
    ) -> Attempt:
        ledger = self.ledger()
        return Attempt(
            Operation("small", [("it", phase, "")])["it"],
            Given(no_fact),
            self.tools(ledger),
            ledger,
            self.watch,
            still_ours,
            keep,
            look_first=look_first,
        )

    def take_over(self) -> None:
        """Let another runner, one that lives, take the lease over."""
        self.journal.acquire(RUN.cluster, RUN.id, RUN.operation, this_runner())

    def lines(self, step: str | None = None) -> list[tuple[LineKind, str]]:
        return [(line.kind, line.what) for line in self.journal.lines(RUN.id, step)]


def no_fact(key: Key[Fact]) -> Fact:
    raise KeyError(key.name)
