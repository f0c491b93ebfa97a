"""What people have switched on or off at a Prefect server; deploying anew leaves it so."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound


def keep_switched(client: SyncPrefectClient, made: RunnerDeployment) -> None:
    """Let a deployment that is about to be applied be switched as the one of its name is.

    Prefect makes the schedules of a deployment anew, active as the list has them.
    """
    try:
        found = client.read_deployment_by_name(made.full_name)
    except ObjectNotFound:
        return
    made.paused = found.paused
    for schedule in made.schedules or []:
        active = _switch(found.schedules, schedule.parameters)
        schedule.active = schedule.active if active is None else active


def _switch(schedules: Sequence[DeploymentSchedule], parameters: object) -> bool | None:
    """Return how the schedules with these parameters are switched: a site's, where it has one.

    Their times may be others by now; None where there are none, or they are not alike.
    """
    found = {one.active for one in schedules if one.parameters == parameters}
    return found.pop() if len(found) == 1 else None
