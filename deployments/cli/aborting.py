"""The work of `abort`: say what will be taken back, ask for the cluster's name, take it back."""

from __future__ import annotations

from dataclasses import replace

from bedplate.engine.change import SETTLED
from bedplate.engine.journal import StepState
from bedplate.engine.settle import STOPPED
from bedplate.engine.watch import LogWatch, Watches
from bedplate.errors import BedplateError, ExitStatus, Owner, Refused
from bedplate.preview import Preview
from bedplate.service import Session
from bedplate.service import abort as take_back
from bedplate.sites import Site
from deployments.cli.confirming import require_name
from deployments.cli.errors import block
from deployments.cli.exits import INTERRUPTED
from deployments.cli.finding import unfinished_run
from deployments.cli.interrupts import Interrupts
from deployments.cli.operate import (
    Job,
    Logs,
    continue_request,
    open_to_work,
    report_on,
    start_logs,
)
from deployments.cli.screen import Screen
from deployments.cli.speaker import Speaker
from deployments.home import Home, find_home, with_pace


def abort(
    screen: Screen, named: str | None, confirmed: str | None, logs: Logs, pace: float | None
) -> int:
    """Take back what a run has made; returns the exit status."""
    home = find_home()
    found = unfinished_run(home, named)
    run = found.run
    request = replace(continue_request(run), takes_back=True)
    job = Job(request, with_pace(home.site(run.site), pace), found.journal, logs)
    site = open_to_work(screen, job.config)
    _require_before_one_way(job, run.id)
    _announce(screen, job, site, run.id)
    require_name(screen, job.spec.name, confirmed, "--yes-delete")
    return _take_back(screen, home, job, site)


def _require_before_one_way(job: Job, run_id: str) -> None:
    one_way = job.operation.one_way
    record = job.journal.steps(run_id).get(one_way) if one_way is not None else None
    if record is None or record.state not in SETTLED:
        return
    raise Refused(
        "PAST_ONE_WAY",
        f"{job.operation.name} of {job.spec.name} is past {one_way}: there is no way back",
        why="from there on a run can only go forward; a finished cluster can be deleted",
        remedy=f"bedplate resume {run_id}",
        owner=Owner.PLATFORM,
    )


def _announce(screen: Screen, job: Job, site: Site, run_id: str) -> None:
    """Say what will be taken back, and what becomes of the machines."""
    records = job.journal.steps(run_id)
    begun = [
        step.name
        for step in reversed(job.operation.steps)
        if step.name in records and records[step.name].state is not StepState.UNDONE
    ]
    screen.warn(f"This takes back {job.operation.verb} of {job.spec.name} (run {run_id}):")
    screen.warn(f"   steps     {', '.join(begun) or 'none was begun'}")
    machines = [machine.name for machine in Preview(job.request, site, job.journal).machines()]
    stays = " stay as they are" if machines and job.operation.verb == "delete" else ""
    screen.warn(f"   machines  {', '.join(machines) or 'none'}{stays}")


def _take_back(screen: Screen, home: Home, job: Job, site: Site) -> int:
    binding = start_logs(home, job)
    speaker = Speaker(job.operation, job.spec, screen.say)
    speaker.speak_at_once()
    session = Session(job.request, site, job.journal, Watches([speaker, LogWatch()]))
    with Interrupts(session.stop, screen.warn), session:
        binding.bind(run=session.run.id)
        try:
            take_back(session)
        except BedplateError as error:
            return _tell_failure(screen, session.run.id, error)
    screen.say(f"{job.spec.name} is taken back")
    if screen.wants_json:
        screen.document(report_on(job, site, session.run.id).text())
    return ExitStatus.OK


def _tell_failure(screen: Screen, run_id: str, error: BedplateError) -> int:
    if error.code != STOPPED:
        screen.warn(block(error))
    screen.warn(f"Not all is taken back; go on with: bedplate abort {run_id}")
    return INTERRUPTED if error.code == STOPPED else error.exit_status
