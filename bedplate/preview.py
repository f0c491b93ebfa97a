"""What a run would do, found out by looking alone: no lease, no run, no journal line, no effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bedplate.capi import objects
from bedplate.engine.change import (
    recorded_spec,
    reopened_steps,
    require_not_aborting,
    require_safe_change,
    require_unchanged_since_finished,
)
from bedplate.engine.effects import Ledger, guarded
from bedplate.engine.estimate import Estimate, estimate_operation
from bedplate.engine.history import life_of
from bedplate.engine.journal import Journal, Run, StepRecord, Writer
from bedplate.engine.neighbours import require_no_conflict
from bedplate.engine.operation import Step
from bedplate.engine.plan import Action, Plan, narrow, walk_back
from bedplate.engine.sight import Sight
from bedplate.errors import TemporaryError
from bedplate.fact import Fact, Given
from bedplate.phases.rendering import blueprint_seen
from bedplate.phases.upgrade.between import groups_between
from bedplate.phases.upgrade.replacing import Group
from bedplate.phases.upgrade.rolling import Roll
from bedplate.ports.kube import Manifest, Ref
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.providers import provider_of
from bedplate.request import Request
from bedplate.sites import Site

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
        self._bundle = site.bundle(request.spec)
        self.run: Run | None = journal.open_run(request.spec.name, request.operation.name)
        self._records = journal.steps(self.run.id) if self.run is not None else {}
        self._sight = Sight(request.operation, lambda: self._records, self._check)
        self.reopened = self._reopened(self.run, self._records)

    def _reopened(self, run: Run | None, records: Mapping[str, StepRecord]) -> frozenset[str]:
        operation, spec = self._request.operation, self._request.spec
        bundle = self._bundle
        now = (spec.fingerprint(), bundle.digest)
        if run is not None and (run.fingerprint, run.bundle) != now:
            old = recorded_spec(run)
            require_safe_change(operation, old, spec, bundle, records)
        return reopened_steps(operation, spec, bundle, records)

    def plan(self) -> Plan:
        """Return the plan as a run would make it now; raises what a look raises."""
        if self.run is not None:
            require_not_aborting(self.run)
        request = self._request
        require_no_conflict(request.operation, request.spec, self._journal)
        whole = walk_back(request.operation, self._sight.look, self.reopened)
        runs = tuple(life_of(self._journal, request.spec.name))
        require_unchanged_since_finished(whole, request.spec, self._bundle, runs, self._records)
        return narrow(whole, request.first, request.last)

    def estimate(self, plan: Plan) -> Estimate | None:
        """Return how long the plan would take, from earlier runs at this site; None without any."""
        operation = self._request.operation
        durations = self._journal.durations(operation.name, self._site.name)
        return estimate_operation(operation, durations, plan.names(Action.DO, Action.LOOK))

    def machines(self) -> tuple[VirtualMachine, ...]:
        """Return the cluster's virtual machines as they are now."""
        first = self._request.operation.steps[0]
        return tuple(provider_of(self._request.spec).virtual_machines(self._tools(first)))

    def groups(self) -> tuple[Group, ...]:
        """Return what would happen to each group of machines of a cluster that is there."""
        found: tuple[Group, ...] = ()
        for step in self._request.operation.steps:
            if isinstance(step.phase, Roll):
                found = (*found, *step.phase.groups(self._tools(step), found))
        return found

    def later_groups(self, before: Request, after: Request) -> tuple[Group, ...]:
        """Return what a later leg of an upgrade does to the machines that the leg before leaves."""
        one, other = self._rendered(before), self._rendered(after)
        return groups_between(one, other, after.spec)

    def _rendered(self, request: Request) -> tuple[Manifest, ...]:
        found: dict[Ref, Manifest] = {}
        bundle = self._site.bundle(request.spec)
        for step in request.operation.steps:
            if isinstance(step.phase, Roll):
                tools = replace(self._tools(step), spec=request.spec, bundle=bundle)
                rendered = step.phase.render(request.spec)(blueprint_seen(tools))
                found.update((objects.ref(one), one) for one in rendered)
        return tuple(found.values())

    def _check(self, step: Step, given: Given) -> Fact | None:
        patience = step.phase.patience
        for again in range(patience.attempts - 1):
            try:
                return step.phase.check(given, self._tools(step))
            except TemporaryError:
                self._ports.clock.sleep(patience.backoff * 2**again)
        return step.phase.check(given, self._tools(step))

    def _tools(self, step: Step) -> Tools:
        """A ledger that is never opened refuses every effect before it is journalled."""
        run_id = self.run.id if self.run is not None else ""
        ledger = Ledger(self._journal, Writer(self._request.spec.name, run_id, NO_TOKEN), step.name)
        ports = guarded(self._ports, ledger)
        return Tools(self._request.spec, self._bundle, ports, ledger, _say_nothing)


def _say_nothing(text: str) -> None:
    """A look has nothing to tell."""
