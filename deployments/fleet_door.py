"""The command line's way to the campaigns' flow runs.

Prefect reads its settings when it is imported, which takes seconds: only verbs that need it do so.
"""

from __future__ import annotations

import os

from bedplate.fleet.book import CampaignRow
from deployments.serve import HOST, PORT


def nudge(row: CampaignRow, site: str, who: str) -> str:
    """Have a campaign's flow look at what was recorded; returns its run's id.

    `PREFECT_API_URL` names the server, else it is the one of `./run serve`. Raises TemporaryError
    PREFECT_UNREACHABLE.
    """
    os.environ.setdefault("PREFECT_API_URL", f"http://{HOST}:{PORT}/api")
    from flows.fleet_runs import nudge as nudge_run

    return nudge_run(row, site, who)
