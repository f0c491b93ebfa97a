"""From the words of a person to a job: the work of `create` before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bedplate.sites import keep_manager
from bedplate.spec import read_file
from deployments.cli.operate import Job, Logs, Steps, make_request, operate_in_turn
from deployments.cli.screen import Screen
from deployments.home import find_home, with_pace


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person typed."""

    verb: str
    file: Path
    site: str
    steps: Steps = Steps()
    faults: tuple[str, ...] = ()
    pace: float | None = None
    logs: Logs = Logs()
    skipped: frozenset[str] = frozenset()
    kubeconfig: Path | None = None
    """That of a management cluster which was made elsewhere."""


def begin(screen: Screen, wish: Wish) -> int:
    """Run the operation to its end; returns the exit status."""
    asked = make_request(wish.verb, read_file(wish.file), str(wish.file), wish.steps)
    request = replace(asked, skipped=wish.skipped)
    home = find_home()
    config = with_pace(home.site(wish.site), wish.pace)
    if wish.kubeconfig is not None:
        keep_manager(config, request.spec, read_file(wish.kubeconfig))
    journal = home.open_journal(config.journal)
    return operate_in_turn(screen, home, Job(request, config, journal, wish.logs, wish.faults))
