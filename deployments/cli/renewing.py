"""The work of `renew certificates`: with the specification that the cluster's newest run has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bedplate.operations import RENEW
from deployments.cli.finding import known_run
from deployments.cli.operate import Job, Manner, open_to_work, operate
from deployments.cli.screen import Screen
from deployments.cli.targets import request_of_run
from deployments.home import find_home, with_pace


def renew(
    screen: Screen,
    cluster: str,
    site: str | None,
    manner: Manner,
    skipped: Collection[str] = (),
) -> int:
    """Renew the certificates of a cluster; returns the exit status."""
    home = find_home()
    found = known_run(home, cluster, site)
    request = replace(request_of_run(RENEW.verb, found, manner.steps), skipped=frozenset(skipped))
    config = with_pace(home.site(found.run.site), manner.pace)
    job = Job(request, config, found.journal, manner.logs, manner.faults)
    return operate(screen, home, job, open_to_work(screen, config))
