"""What a run would do, found out by looking alone: no lease, no run, no journal line, no effect."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.engine.change import (
    SETTLED,
    reopened_steps,
    require_safe_change,
    require_unchanged_since_finished,
)
from bedplate.engine.effects import Ledger, guarded
from bedplate.engine.estimate import Estimate, estimate_operation
from bedplate.engine.journal import Journal, Run, StepRecord, Writer
from bedplate.engine.operation import Step
from bedplate.engine.plan import Action, Plan, narrow, walk_back
from bedplate.errors import TemporaryError
from bedplate.facts import Fact, Given, Key
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.providers import provider_of
from bedplate.service import FactMissing, Request
from bedplate.sites import Site
from bedplate.spec import load_text

NO_TOKEN = 0


class Preview:
    """Looks at one cluster with ports that refuse every effect.

    `run` is the open run that would be continued, None where a new one would begin. Making a
    preview raises Refused where the specification changed in a way that the run cannot follow.
    """

    def __init__(self, request: Request, site: Site, journal: Journal) -> None:
        self._request = request
        self._site = site
        self._journal = journal
        self._ports = site.open(request.spec)
        self._facts: dict[str, Fact] = {}
        self.run: Run | None = journal.open_run(request.spec.name, request.operation.name)
        self._records = journal.steps(self.run.id) if self.run is not None else {}
        self.reopened = self._reopened(self.run, self._records)

    def _reopened(self, run: Run | None, records: Mapping[str, StepRecord]) -> frozenset[str]:
        operation, spec = self._request.operation, self._request.spec
        if run is not None and run.fingerprint != spec.fingerprint():
            old = load_text(run.spec_text, f"run {run.id}")
            require_safe_change(operation, old, spec, records)
        return reopened_steps(operation, spec, records)

    def plan(self) -> Plan:
        """Return the plan as a run would make it now; raises what a look raises."""
        whole = walk_back(self._request.operation, self._look, self.reopened)
        runs = self._journal.runs(self._request.spec.name)
        require_unchanged_since_finished(whole, self._request.spec, runs, self._records)
        return narrow(whole, self._request.first, self._request.last)

    def estimate(self, plan: Plan) -> Estimate | None:
        """Return how long the plan would take, from earlier runs at this site; None without any."""
        operation = self._request.operation
        durations = self._journal.durations(operation.name, self._site.name)
        return estimate_operation(operation, durations, plan.names(Action.DO, Action.LOOK))

    def machines(self) -> tuple[VirtualMachine, ...]:
        """Return the cluster's virtual machines as they are now."""
        first = self._request.operation.steps[0]
        return tuple(provider_of(self._request.spec).virtual_machines(self._tools(first)))

    def _look(self, step: Step) -> Fact | None:
        patience = step.phase.patience
        for again in range(patience.attempts):
            try:
                fact = step.phase.check(Given(self._find), self._tools(step))
            except FactMissing:
                return None  # a fact it needs does not exist: nothing can be settled yet
            except TemporaryError:
                if again + 1 == patience.attempts:
                    raise
                self._ports.clock.sleep(patience.backoff * 2**again)
            else:
                if fact is not None:
                    self._facts[step.name] = fact
                return fact
        return None

    def _find(self, key: Key[Fact]) -> Fact:
        step = self._request.operation.giver(key)
        fact = self._facts.get(step.name) or self._recorded(step, key) or self._look(step)
        if fact is None:
            raise FactMissing(key.name)
        return fact

    def _recorded(self, step: Step, key: Key[Fact]) -> Fact | None:
        record = self._records.get(step.name)
        if record is None or record.fact is None or record.state not in SETTLED:
            return None
        if (record.fact_key, record.fact_version) != (key.name, key.version):
            return None
        return key.parse(record.fact)

    def _tools(self, step: Step) -> Tools:
        """A ledger that is never opened refuses every effect before it is journalled."""
        run_id = self.run.id if self.run is not None else ""
        ledger = Ledger(self._journal, Writer(self._request.spec.name, run_id, NO_TOKEN), step.name)
        return Tools(self._request.spec, guarded(self._ports, ledger), ledger, _say_nothing)


def _say_nothing(text: str) -> None:
    """A look has nothing to tell."""
