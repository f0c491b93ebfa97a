"""The command line's way to the campaigns' flow runs.

Prefect reads its settings when it is imported, which takes seconds: only verbs that need it do so.
"""

from __future__ import annotations

import os

from bedplate.fleet.book import CampaignRow
from deployments.serve import HOST, PORT


def nudge(row: CampaignRow, site: str, who: str) -> str:
    """Have a campaign's flow look at what was recorded; returns its run's id.

    `PREFECT_API_URL` or Prefect's profile names the server, else it is the one of `./run serve`.
    Raises TemporaryError PREFECT_UNREACHABLE.
    """
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.fleet_runs import nudge as nudge_run

    named = os.environ.get(PREFECT_API_URL.name) or PREFECT_API_URL.value()
    with temporary_settings({PREFECT_API_URL: named or f"http://{HOST}:{PORT}/api"}):
        return nudge_run(row, site, who)
