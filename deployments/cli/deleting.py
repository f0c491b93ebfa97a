"""The work of `delete`: find the cluster, say what will go, ask for its name, delete it."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.engine.journal import UNFINISHED
from bedplate.preview import Preview
from bedplate.request import Request
from deployments.cli.confirming import require_name
from deployments.cli.operate import Job, Logs, Steps, open_to_work, operate
from deployments.cli.screen import Screen
from deployments.cli.targets import ALL_STEPS, Target, request_for
from deployments.home import Home, find_home, with_pace

VERB = "delete"


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is deleted."""

    confirmed: str | None = None
    faults: tuple[str, ...] = ()
    logs: Logs = Logs()
    pace: float | None = None


def delete(screen: Screen, target: Target, steps: Steps, manner: Manner) -> int:
    """Delete a cluster; returns the exit status."""
    home = find_home()
    request, site = deletion(home, target, steps)
    config = with_pace(home.site(site), manner.pace)
    job = Job(request, config, home.open_journal(config.journal), manner.logs, manner.faults)
    _announce(screen, job)
    require_name(screen, request.spec.name, manner.confirmed, "--confirm")
    return operate(screen, home, job)


def deletion(home: Home, target: Target, steps: Steps = ALL_STEPS) -> tuple[Request, str]:
    """Return the request to delete a cluster, and the name of its site; raises BadInput."""
    return request_for(home, VERB, target, steps)


def _announce(screen: Screen, job: Job) -> None:
    """Say what goes, and what an unfinished create has to do with it."""
    preview = Preview(job.request, open_to_work(screen, job.config), job.journal)
    name = job.spec.name
    machines = [machine.name for machine in preview.machines()]
    screen.warn(f"This deletes {name} at site {job.config.name}:")
    screen.warn(f"   machines  {', '.join(machines) or 'none is there'}")
    screen.warn("   then      its folders and templates, bootstrap cluster, files and secrets")
    for other in job.journal.runs(name):
        if other.operation in job.operation.takes_over and other.state in UNFINISHED:
            screen.warn(f"   ends      run {other.id}: {other.operation} {name} ({other.state})")
