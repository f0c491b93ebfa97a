"""What people have switched on or off at a Prefect server; deploying anew leaves it so."""

from __future__ import annotations

from prefect.client.orchestration import SyncPrefectClient
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound


def keep_switched(client: SyncPrefectClient, made: RunnerDeployment) -> None:
    """Let a deployment that is about to be applied be switched as the one of its name is.

    Prefect makes the schedules of a deployment anew, active as the list has them. A schedule is
    known by its parameters: a site's, where it has one; its times may be others by now.
    """
    try:
        found = client.read_deployment_by_name(made.full_name)
    except ObjectNotFound:
        return
    made.paused = found.paused
    wanted, missing = list(made.schedules or []), list(found.schedules)
    unknown = []
    for schedule in wanted:
        same = [one for one in missing if one.parameters == schedule.parameters]
        if same:
            schedule.active = same[0].active
            missing.remove(same[0])
        else:
            unknown.append(schedule)
    # Prefect empties the parameters of a schedule that is switched: these can only be they, unless
    # there are more, of a new site perhaps, or they differ.
    emptied = [one.active for one in missing if not one.parameters]
    if len(unknown) <= len(emptied) and len(set(emptied)) == 1:
        for schedule in unknown:
            schedule.active = emptied[0]
