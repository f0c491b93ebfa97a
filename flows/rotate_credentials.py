"""Bring new vCenter credentials to a cluster."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import JsonValue

from bedplate.operations import ROTATE_CREDENTIALS
from flows.create import THREADS, Faults, RequestedBy, Site, Spec, SpecFile, shown
from flows.operation import carry_out
from flows.order import Order

STEPS: list[JsonValue] = ["", *(step.name for step in ROTATE_CREDENTIALS.steps)]

FromStep = Annotated[
    str,
    shown("From step", "Begin at this step; every step before it must be settled.", enum=STEPS),
]
UntilStep = Annotated[
    str,
    shown("Until step", "End after this step; the run stays open and can be resumed.", enum=STEPS),
]


@flow(
    name="rotate-credentials",
    flow_run_name="rotate-credentials",
    description="Bring the credentials of the site's block to every Secret of a cluster.",
    task_runner=THREADS,
    persist_result=False,
)
def rotate_credentials(
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    faults: Faults = [],  # noqa: B006 (Prefect reads it, nobody changes it)
) -> State[Any]:
    """Rotate. The new credentials are those of the vCenter block that the site's block names."""
    return carry_out(
        Order(
            verb=ROTATE_CREDENTIALS.verb,
            spec=spec,
            spec_file=spec_file,
            site=site,
            requested_by=requested_by,
            from_step=from_step,
            until_step=until_step,
            faults=tuple(faults),
        )
    )
