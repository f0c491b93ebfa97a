"""The work of `renew certificates`: with the specification that the cluster's newest run has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bedplate.engine.change import recorded_spec
from bedplate.operations import RENEW, operation_for
from deployments.cli.finding import known_run
from deployments.cli.operate import Job, Logs, continue_request, open_to_work, operate
from deployments.cli.rotating import Manner
from deployments.cli.screen import Screen
from deployments.home import find_home, with_pace


def renew(
    screen: Screen,
    cluster: str,
    site: str | None,
    manner: Manner,
    logs: Logs,
    skipped: Collection[str] = (),
) -> int:
    """Renew the certificates of a cluster; returns the exit status."""
    home = find_home()
    found = known_run(home, cluster, site)
    operation = operation_for(RENEW.verb, recorded_spec(found.run))
    request = continue_request(replace(found.run, operation=operation.name), manner.steps)
    request = replace(request, skipped=frozenset(skipped))
    config = with_pace(home.site(found.run.site), manner.pace)
    job = Job(request, config, found.journal, logs, manner.faults)
    return operate(screen, home, job, open_to_work(screen, config))
