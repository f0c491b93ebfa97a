"""The work of `delete`: find the cluster, say what will go, ask for its name, delete it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bedplate.engine.change import recorded_spec
from bedplate.engine.journal import UNFINISHED
from bedplate.errors import BadInput, Owner
from bedplate.operations import operation_for
from bedplate.preview import Preview
from bedplate.service import Request
from bedplate.spec import read_file
from deployments.cli.confirming import require_name
from deployments.cli.finding import FoundRun, newest_run
from deployments.cli.operate import (
    Job,
    Logs,
    Steps,
    continue_request,
    make_request,
    open_to_work,
    operate,
)
from deployments.cli.screen import Screen
from deployments.home import Home, find_home, with_pace

VERB = "delete"
BUILT_IN_SITE = "simulated"
ALL_STEPS = Steps()


@dataclass(frozen=True, slots=True)
class Target:
    """Which cluster: by its name, which its newest run knows more of, or by a specification."""

    name: str | None
    file: Path | None
    site: str | None
    skipped: frozenset[str] = frozenset()


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
    if (target.name is None) == (target.file is None):
        raise BadInput(
            "CLUSTER_CHOICE",
            "both a name and a file were given" if target.name else "no cluster was named",
            why="a cluster is named, or described by its specification",
            remedy="bedplate delete cluster NAME, or bedplate delete cluster -f FILE",
            owner=Owner.PLATFORM,
        )
    if target.file is not None:
        text = read_file(target.file)
        request = make_request(VERB, text, str(target.file), steps)
        site = target.site or BUILT_IN_SITE
    else:
        found = _recorded(home, target)
        request, site = _of_run(found, steps), found.run.site
    return replace(request, skipped=target.skipped), site


def _recorded(home: Home, target: Target) -> FoundRun:
    found = newest_run(home, target.name or "", target.site)
    if found is None:
        raise BadInput(
            "CLUSTER_UNKNOWN",
            f"no journal has a run of a cluster {target.name!r}"
            + (f" at site {target.site!r}" if target.site else ""),
            why="its specification is not known here",
            remedy="bedplate delete cluster -f FILE",
            owner=Owner.PLATFORM,
        )
    return found


def _of_run(found: FoundRun, steps: Steps) -> Request:
    """Delete what the newest run of the cluster worked on, whatever operation that was."""
    table = operation_for(VERB, recorded_spec(found.run))
    return continue_request(replace(found.run, operation=table.name), steps)


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
