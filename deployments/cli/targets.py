"""Which cluster an operation is for: by its name, which its newest run knows more of, or a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bedplate.engine.change import recorded_spec
from bedplate.errors import BadInput, Owner
from bedplate.operations import operation_for
from bedplate.request import Request
from bedplate.spec import read_file
from deployments.cli.finding import FoundRun, newest_run
from deployments.cli.operate import Steps, continue_request, make_request
from deployments.home import Home

BUILT_IN_SITE = "simulated"
ALL_STEPS = Steps()


@dataclass(frozen=True, slots=True)
class Target:
    """Which cluster: by its name, which its newest run knows more of, or by a specification."""

    name: str | None
    file: Path | None
    site: str | None
    skipped: frozenset[str] = frozenset()


def request_for(
    home: Home, verb: str, target: Target, steps: Steps = ALL_STEPS
) -> tuple[Request, str]:
    """Return the request of a verb for a cluster, and the name of its site; raises BadInput."""
    if (target.name is None) == (target.file is None):
        raise BadInput(
            "CLUSTER_CHOICE",
            "both a name and a file were given" if target.name else "no cluster was named",
            why="a cluster is named, or described by its specification",
            remedy=f"bedplate {verb} cluster NAME, or bedplate {verb} cluster -f FILE",
            owner=Owner.PLATFORM,
        )
    if target.file is not None:
        text = read_file(target.file)
        request = make_request(verb, text, str(target.file), steps)
        site = target.site or BUILT_IN_SITE
    else:
        found = _recorded(home, verb, target)
        request, site = request_of_run(verb, found, steps), found.run.site
    return replace(request, skipped=target.skipped), site


def _recorded(home: Home, verb: str, target: Target) -> FoundRun:
    found = newest_run(home, target.name or "", target.site)
    if found is None:
        raise BadInput(
            "CLUSTER_UNKNOWN",
            f"no journal has a run of a cluster {target.name!r}"
            + (f" at site {target.site!r}" if target.site else ""),
            why="its specification is not known here",
            remedy=f"bedplate {verb} cluster -f FILE",
            owner=Owner.PLATFORM,
        )
    return found


def request_of_run(verb: str, found: FoundRun, steps: Steps) -> Request:
    """Return the request of a verb for what a run worked on, whatever operation that was."""
    table = operation_for(verb, recorded_spec(found.run))
    return continue_request(replace(found.run, operation=table.name), steps)
