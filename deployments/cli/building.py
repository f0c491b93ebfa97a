"""Builds the reports from the journal's records. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from bedplate.adapters.redaction import KNOWN
from bedplate.adapters.runner import is_alive
from bedplate.engine.change import SETTLED
from bedplate.engine.estimate import Estimate, estimate_operation
from bedplate.engine.journal import Attempt, Journal, Lease, Run, RunState, StepRecord, StepState
from bedplate.engine.operation import Operation, Step
from bedplate.engine.plan import Plan
from bedplate.engine.settle import STOPPED
from bedplate.errors import BedplateError, LeaseHeld, SpecError
from bedplate.facts import INVENTORY
from bedplate.needs import Needs
from deployments.cli import reports
from deployments.cli.reports import Standing
from deployments.home import Home

if TYPE_CHECKING:
    from bedplate.simulation import Fault

NOT_BEGUN = "not begun"

# What the journal keeps as failed attempts although nothing went wrong in them.
_NO_FAILURE = {STOPPED: Standing.STOPPED.value, "INTERRUPTED": Standing.INTERRUPTED.value}

_ENDED = {
    RunState.FAILED: Standing.FAILED,
    RunState.COMPLETED: Standing.COMPLETED,
    RunState.ABORTED: Standing.ABORTED,
    RunState.ABORTING: Standing.ABORTING,
}


def failure_report(error: BedplateError) -> reports.FailureReport:
    """Return the document of a command that has nothing else to report."""
    return reports.FailureReport(error=error_report(error), exit_status=error.exit_status)


def error_report(error: BedplateError) -> reports.ErrorReport:
    """Return an error as a document."""
    found = error.problems if isinstance(error, SpecError) else ()
    fields = {name: KNOWN.redact(text) for name, text in error.as_dict().items()}
    return reports.ErrorReport(
        **fields,
        problems=tuple(reports.ProblemReport(**asdict(problem)) for problem in found),
        holder=error.holder if isinstance(error, LeaseHeld) else None,
    )


def recorded_error(error: Mapping[str, str] | None) -> reports.ErrorReport | None:
    """Return an error that the journal recorded as a document."""
    if error is None:
        return None
    fields = {name: error.get(name, "") for name in BedplateError("", "").as_dict()}
    return reports.ErrorReport(**fields)


def holder_of(journal: Journal, run: Run) -> Lease | None:
    """Return the lease under which a run is worked on right now, None where nobody does."""
    lease = journal.lease(run.cluster)
    if lease is None or lease.run_id != run.id or lease.expires_at < journal.now():
        return None
    return None if is_alive(lease.runner) is False else lease


def standing(run: Run, attempts: Sequence[Attempt], lease: Lease | None) -> Standing:
    """Tell how a run stands; one that is open with nobody at work was stopped, or was killed."""
    if run.state is not RunState.OPEN:
        return _ENDED[run.state]
    if lease is not None:
        return Standing.RUNNING
    killed = any(attempt.ended_at is None for attempt in attempts)
    return Standing.INTERRUPTED if killed else Standing.STOPPED


def run_line(journal: Journal, run: Run) -> reports.RunLine:
    """Return one run for a list."""
    holder = holder_of(journal, run)
    attempts = journal.attempts(run.id) if run.state is RunState.OPEN and holder is None else ()
    return reports.RunLine(
        id=run.id,
        operation=run.operation,
        cluster=run.cluster,
        site=run.site,
        state=standing(run, attempts, holder),
        started_at=run.started_at,
        ended_at=run.ended_at,
        requested_by=run.requested_by,
        holder=str(holder.runner) if holder is not None else None,
        holder_id=holder.runner.id if holder is not None else None,
    )


def run_report(
    journal: Journal, run: Run, operation: Operation, kubeconfig: str | None
) -> reports.RunReport:
    """Return everything about one run."""
    line = run_line(journal, run)
    records, attempts = journal.steps(run.id), journal.attempts(run.id)
    steps = tuple(
        _step(
            step,
            _in_order(operation, step.after),
            records.get(step.name),
            [attempt for attempt in attempts if attempt.step == step.name],
            lives=line.state is Standing.RUNNING,
        )
        for step in operation.steps
    )
    left = None
    if line.state not in (Standing.COMPLETED, Standing.ABORTED, Standing.ABORTING):
        left = estimate_report(_time_left(journal, run, operation, records))
    return reports.RunReport(
        run=line,
        steps=steps,
        left=left,
        error=_last_error(line, steps),
        kubeconfig=kubeconfig,
        inventory=_inventory(records),
    )


def _inventory(records: Mapping[str, StepRecord]) -> tuple[reports.ItemReport, ...] | None:
    """The proof of a delete, where this is one that came so far."""
    for record in records.values():
        if record.fact_key == INVENTORY.name and record.fact is not None:
            found = INVENTORY.parse(record.fact)
            return tuple(reports.ItemReport(**item.model_dump()) for item in found.items)
    return None


def _step(
    step: Step,
    after: tuple[str, ...],
    record: StepRecord | None,
    attempts: Sequence[Attempt],
    *,
    lives: bool,
) -> reports.StepReport:
    tried = tuple(_attempt(attempt, lives=lives) for attempt in attempts)
    state = record.state.value if record is not None else NOT_BEGUN
    if tried and state in (StepState.RUNNING, StepState.FAILED):
        state = tried[-1].outcome  # which also knows a stop and a kill
    known = [attempt.seconds for attempt in attempts if attempt.seconds is not None]
    return reports.StepReport(
        number=step.number,
        name=step.name,
        title=step.phase.title,
        after=after,
        state=state,
        seconds=sum(known) if known else None,
        attempts=tried,
    )


def _in_order(operation: Operation, names: Collection[str]) -> tuple[str, ...]:
    return tuple(step.name for step in operation.steps if step.name in names)


def _attempt(attempt: Attempt, *, lives: bool) -> reports.AttemptReport:
    return reports.AttemptReport(
        number=attempt.number,
        runner=attempt.runner,
        outcome=_outcome(attempt, lives=lives),
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        seconds=attempt.seconds,
        waited_on=attempt.waited_on,
        error=recorded_error(attempt.error),
    )


def _outcome(attempt: Attempt, *, lives: bool) -> str:
    if attempt.ended_at is None and not lives:
        return Standing.INTERRUPTED
    code = attempt.error.get("code") if attempt.error is not None else None
    return _NO_FAILURE.get(code or "", attempt.outcome.value)


def _last_error(
    line: reports.RunLine, steps: Sequence[reports.StepReport]
) -> reports.ErrorReport | None:
    """The newest error of a step that has not settled since; a stop is no error."""
    if line.state in (Standing.COMPLETED, Standing.RUNNING):
        return None
    last = [step.attempts[-1] for step in steps if step.attempts]
    failed = [attempt for attempt in last if attempt.outcome == StepState.FAILED]
    return max(failed, key=lambda attempt: attempt.started_at).error if failed else None


def _time_left(
    journal: Journal, run: Run, operation: Operation, records: Mapping[str, StepRecord]
) -> Estimate | None:
    todo = [
        step.name
        for step in operation.steps
        if step.name not in records or records[step.name].state not in SETTLED
    ]
    return estimate_operation(operation, journal.durations(operation.name, run.site), todo)


def estimate_report(estimate: Estimate | None) -> reports.EstimateReport | None:
    """Return an estimate as a document."""
    return None if estimate is None else reports.EstimateReport(**asdict(estimate))


def plan_report(
    plan: Plan, described: tuple[str, str, str | None], needs: Needs, expected: Estimate | None
) -> reports.PlanReport:
    """Return a plan as a document; `described` is the cluster, the site and the open run."""
    cluster, site, run = described
    decisions = tuple(
        reports.DecisionReport(
            number=decision.step.number,
            name=decision.step.name,
            title=decision.step.phase.title,
            action=decision.action.value,
            why=decision.why,
            way_back=_has_way_back(plan.operation, decision.step.name),
        )
        for decision in plan.decisions
    )
    return reports.PlanReport(
        operation=plan.operation.name,
        cluster=cluster,
        site=site,
        run=run,
        steps=decisions,
        needs=_needs(needs),
        expected=estimate_report(expected),
    )


def _has_way_back(operation: Operation, step: str) -> bool:
    one_way = operation.one_way
    return one_way is None or step not in operation.behind(one_way) | {one_way}


def _needs(needs: Needs) -> reports.NeedsReport:
    return reports.NeedsReport(
        groups=tuple(reports.GroupReport(**asdict(group)) for group in needs.groups),
        folders=needs.folders,
        endpoint=needs.endpoint,
        addresses=dict(needs.addresses),
        all_addresses=needs.all_addresses,
        now=reports.CapacityReport(**asdict(needs.now)),
        with_surge=reports.CapacityReport(**asdict(needs.with_surge)),
    )


def table_report(operation: Operation) -> reports.TableReport:
    """Return an operation's table as a document."""
    rows = tuple(
        reports.TableRow(
            number=step.number,
            name=step.name,
            title=step.phase.title,
            after=_in_order(operation, step.after),
            needs=tuple(key.name for key in step.phase.needs),
            gives=step.phase.gives.name,
            deadline=step.phase.patience.deadline,
            attempts=step.phase.patience.attempts,
            tries=step.phase.patience.tries,
        )
        for step in operation.steps
    )
    return reports.TableReport(operation=operation.name, one_way=operation.one_way, steps=rows)


def sites_report(home: Home) -> reports.SitesReport:
    """Return the known sites as a document; a journal's password is not shown."""
    return reports.SitesReport(
        sites=tuple(
            reports.SiteReport(
                name=config.name,
                kind=config.kind.value,
                state=str(config.state),
                journal=without_password(config.journal),
                pace=config.pace,
            )
            for config in home.sites().values()
        )
    )


def faults_report(
    site: str, pending: Sequence[Fault], cleared: Sequence[Fault]
) -> reports.FaultsReport:
    """Return the faults of a simulated site as a document."""
    return reports.FaultsReport(
        site=site, faults=tuple(map(_fault, pending)), cleared=tuple(map(_fault, cleared))
    )


def _fault(fault: Fault) -> reports.FaultReport:
    return reports.FaultReport(fault=str(fault), **asdict(fault))


def without_password(url: str) -> str:
    """Return a database's address without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}"))
