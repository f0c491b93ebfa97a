"""The reports as people read them: tables and a few lines, plain enough for a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedplate.operations import operation_named
from deployments.cli import words
from deployments.cli.reports import (
    AttemptReport,
    FaultReport,
    FaultsReport,
    GroupChangeReport,
    ItemReport,
    NeedsReport,
    PlanReport,
    RunReport,
    RunsReport,
    SitesReport,
    Standing,
    StepReport,
    TableReport,
)

COLOURS = {
    "completed": "green",
    "kept": "green",
    "keep": "green",
    "running": "cyan",
    "do": "cyan",
    "look again": "cyan",
    "failed": "red",
    "interrupted": "yellow",
    "stopped": "yellow",
}


_GOING_ON = {
    Standing.FAILED: "resume",
    Standing.INTERRUPTED: "resume",
    Standing.STOPPED: "resume",
    Standing.ABORTING: "abort",
}


def plain_table(*columns: str, right: Sequence[str] = ()) -> Table:
    """Return an empty table as all of them look."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def _state(state: str) -> Text:
    return Text(state, style=COLOURS.get(state, ""))


def _label(number: int, name: str) -> str:
    return f"{number:02d} {name}"


def _indented(renderable: RenderableType) -> Padding:
    return Padding(renderable, (0, 0, 0, 2))


# -- runs ----------------------------------------------------------------------------------------


def runs_view(report: RunsReport) -> RenderableType:
    """Return the table of runs."""
    table = plain_table("run", "operation", "cluster", "site", "state", "began", "took", "asked by")
    for run in report.runs:
        took = words.duration(run.ended_at - run.started_at) if run.ended_at is not None else ""
        began = words.moment(run.started_at)
        names = (run.id, run.operation, run.cluster, run.site)
        table.add_row(*names, _state(run.state), began, took, run.requested_by)
    return table


# -- one run -------------------------------------------------------------------------------------


def run_view(report: RunReport) -> RenderableType:
    """Return a run's head, its steps with their attempts, and what comes next."""
    return Group(*_head(report), _steps(report), *_foot(report))


def _head(report: RunReport) -> Iterator[RenderableType]:
    run = report.run
    yield Text.assemble(f"{run.operation} {run.cluster}: ", _state(run.state))
    site = run.site if report.site_known else f"{run.site}, which sites.yaml no longer names"
    details = [("run", run.id), ("site", site), ("began", words.moment(run.started_at))]
    details += [("ended", words.moment(run.ended_at)), ("asked by", run.requested_by)]
    details += [("held by", run.holder or "")]
    for name, value in details:
        if value:
            yield Text(f"  {name:<9}{value}")
    yield Text()


def _steps(report: RunReport) -> Table:
    table = plain_table(
        "  step", "state", "site time", "attempts", "", right=("site time", "attempts")
    )
    for step in report.steps:
        tries = str(len(step.attempts)) if len(step.attempts) > 1 else ""
        took, state = words.duration(step.seconds), _state(step.state)
        table.add_row(f"  {_label(step.number, step.name)}", state, took, tries, _remark(step))
        for attempt in _worth_a_row(step):
            table.add_row(*_attempt_row(attempt))
    return table


def _remark(step: StepReport) -> str:
    last = step.attempts[-1] if step.attempts else None
    return f"waited on {last.waited_on}" if last is not None and last.waited_on else ""


def _worth_a_row(step: StepReport) -> Sequence[AttemptReport]:
    """A single attempt that went well is its step's own row."""
    return [a for a in step.attempts if len(step.attempts) > 1 or a.error is not None]


def _attempt_row(attempt: AttemptReport) -> tuple[RenderableType, ...]:
    why = attempt.error.code if attempt.error is not None else ""
    seen = attempt.error.seen.splitlines()[0] if attempt.error is not None else ""
    return (
        Text(f"     └ attempt {attempt.number}", style="dim"),
        _state(attempt.outcome),
        words.duration(attempt.seconds),
        "",
        Text(f"{why}: {seen}" if why else "", style="dim"),
    )


def _foot(report: RunReport) -> Iterator[RenderableType]:
    run, error = report.run, report.error
    yield Text()
    if error is not None:
        rows = [("seen", error.seen), ("why", error.why), ("do", error.remedy)]
        rows += [("who", error.owner)]
        yield Text(f"❌ {error.code}")
        table = plain_table("", "")
        table.show_header = False
        for label, text in rows:
            if text:
                table.add_row(label, text)
        yield Padding(table, (0, 0, 0, 3))
        yield Text()
    if report.inventory is not None:
        yield _indented(inventory_view(report.inventory))
        yield Text()
    if report.kubeconfig is not None:
        yield Text(f"kubeconfig: {report.kubeconfig}")
    if run.state not in (Standing.COMPLETED, Standing.ABORTED, Standing.ABORTING):
        yield Text(f"time left: {words.estimate(report.left)}")
    verb = _GOING_ON.get(run.state)
    if verb is not None and report.site_known:
        yield Text(f"go on with: bedplate {verb} {run.id}")
    elif verb is not None:
        again = f"name {run.site} in sites.yaml again"
        yield Text(f"to go on, {again}; then: bedplate {verb} {run.id}")


# -- a plan --------------------------------------------------------------------------------------


def plan_view(report: PlanReport) -> RenderableType:
    """Return what a run would do, what will be made and how long it takes."""
    head = f"{report.operation} {report.cluster} at site {report.site}: nothing is changed by this"
    going_on = f"It would go on with run {report.run}." if report.run else "It would be a new run."
    table = plain_table("  step", "action", "why")
    for step in report.steps:
        label = f"  {_label(step.number, step.name)}"
        why = step.why if step.way_back or step.action == "keep" else f"{step.why}; no way back"
        table.add_row(label, _state(step.action), Text(why, style="dim"))
    return Group(
        Text(head),
        Text(going_on),
        Text(),
        table,
        Text(),
        *_about_machines(report),
        *_about_legs(report),
        Text(),
        Text(f"expected time: {_expected(report)}"),
    )


def _about_machines(report: PlanReport) -> Iterable[RenderableType]:
    if operation_named(report.operation).verb == "delete":
        return _will_go(report)
    return _needs(report.needs) if report.groups is None else _will_change(report.groups)


def _about_legs(report: PlanReport) -> Iterable[RenderableType]:
    """Say what comes after the first leg, where the upgrade has more than one."""
    if report.then:
        yield Text(f"  … that is the way to Kubernetes {report.kubernetes}; then, in further runs:")
    for leg in report.then:
        yield Text()
        yield Text(f"On to Kubernetes {leg.kubernetes}", style="bold")
        yield from tuple(_will_change(leg.groups))[1:]


def _will_change(groups: Sequence[GroupChangeReport]) -> Iterable[RenderableType]:
    touched = [one for one in groups if one.replaced or one.before != one.after]
    yield Text("What happens to machines", style="bold")
    if not touched:
        yield Text("  none is replaced, none is added, none is taken away")
    for group in touched:
        yield Text(f"  {group.name}: {_fate(group)}")
        for reason in group.why if group.replaced else ():
            yield Text(f"      {reason}", style="dim")


def _fate(group: GroupChangeReport) -> str:
    told: list[str] = []
    if group.replaced:
        which = ", ".join(group.machines) or "the machines of the leg before"
        told.append(f"replaced one by one: {which}")
    if group.before != group.after:
        told.append(f"{_count(group.before)} → {_count(group.after)} machines")
    return "; ".join(told)


def _count(number: int | None) -> str:
    return "the autoscaler's number of" if number is None else str(number)


def _takes_away(report: PlanReport) -> bool:
    return operation_named(report.operation).verb == "delete"


def _will_go(report: PlanReport) -> Iterable[RenderableType]:
    yield Text("What will go", style="bold")
    yield Text(f"  machines  {', '.join(report.machines) or 'none is there'}")
    yield Text("  then      folders and templates made for it, bootstrap cluster, files, secrets")


def inventory_view(items: Sequence[ItemReport]) -> RenderableType:
    """Return the table of what a delete looked for at its end."""
    table = plain_table("looked for", "name", "found")
    for item in items:
        table.add_row(item.kind, item.name, item.why or "nothing")
    return table


def _expected(report: PlanReport) -> str:
    if all(step.action == "keep" for step in report.steps):
        return "none, there is nothing to do"
    return words.estimate(report.expected)


def _needs(needs: NeedsReport) -> Iterable[RenderableType]:
    machines = plain_table("machines", "role", "count", "CPUs", "memory", "disk")
    for group in needs.groups:
        size = (str(group.cpus), words.gib(group.memory_mib), f"{group.disk_gib} GiB")
        machines.add_row(group.name, group.role, str(group.count), *size)
    yield Text("What it asks for", style="bold")
    yield _indented(machines)
    yield Text()
    yield from (Text(f"  {line}") for line in _sums(needs))


def _sums(needs: NeedsReport) -> Iterator[str]:
    yield f"templates        {', '.join(dict.fromkeys(g.template for g in needs.groups))}"
    yield f"folders          {', '.join(needs.folders) or 'none'}"
    yield f"capacity         {words.capacity(needs.now)}"
    yield f"  in an upgrade  {words.capacity(needs.with_surge)}"
    yield f"IP addresses     {needs.all_addresses} in all, surge included"
    for network, count in needs.addresses.items():
        yield f"  {count:<14} by DHCP on {network}"
    if needs.endpoint:
        yield f"  1              for the control plane: {needs.endpoint}, outside the DHCP range"


# -- tables and sites ----------------------------------------------------------------------------


def table_view(report: TableReport) -> RenderableType:
    """Return an operation's table."""
    table = plain_table("step", "what it does", "runs after", "patience")
    for step in report.steps:
        mark = " (no way back)" if step.name == report.one_way else ""
        patience = f"{words.duration(step.deadline)} × {step.attempts}"
        label = _label(step.number, step.name) + mark
        table.add_row(label, step.title, ", ".join(step.after), patience)
    return table


def sites_view(report: SitesReport) -> RenderableType:
    """Return the table of sites."""
    table = plain_table("site", "kind", "state", "journal", "pace")
    for site in report.sites:
        table.add_row(site.name, site.kind, site.state, site.journal, f"{site.pace:g}")
    return table


def faults_view(report: FaultsReport) -> RenderableType:
    """Return the faults that are still to happen, and those that were taken back."""
    table = plain_table("fault", "happens")
    for fault in report.faults:
        table.add_row(fault.fault, _how_often(fault))
    for fault in report.cleared:
        table.add_row(fault.fault, "no more: it is cleared")
    return table


def _how_often(fault: FaultReport) -> str:
    if fault.times is None:
        return "until cleared"
    return "once more" if fault.times == 1 else f"{fault.times} times more"
