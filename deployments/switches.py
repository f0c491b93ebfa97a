"""What people have switched on or off at a Prefect server; deploying anew leaves it so."""

from __future__ import annotations

from prefect.client.orchestration import SyncPrefectClient
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound


def keep_switched(client: SyncPrefectClient, made: RunnerDeployment) -> None:
    """Let a deployment that is about to be applied be switched as the one of its name is.

    Prefect makes the schedules of a deployment anew, active as the list has them. They have no
    names, and their times may be others by now: where all of them were on, or off, all are.
    """
    try:
        found = client.read_deployment_by_name(made.full_name)
    except ObjectNotFound:
        return
    made.paused = found.paused
    earlier = {one.active for one in found.schedules}
    if len(earlier) == 1:
        (active,) = earlier
        for schedule in made.schedules or []:
            schedule.active = active
