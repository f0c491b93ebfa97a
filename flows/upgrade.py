"""Upgrade a cluster in place, to a specification that says how it shall be."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import JsonValue

from bedplate.operations import steps_of
from flows.create import THREADS, Faults, RequestedBy, Site, SkipValidations, Spec, SpecFile, shown
from flows.operation import carry_out
from flows.order import Order

STEPS: list[JsonValue] = ["", *steps_of("upgrade")]

FromStep = Annotated[
    str,
    shown("From step", "Begin at this step; every step before it must be settled.", enum=STEPS),
]
UntilStep = Annotated[
    str,
    shown("Until step", "End after this step; the run stays open and can be resumed.", enum=STEPS),
]


@flow(
    name="upgrade-cluster",
    flow_run_name="upgrade",
    description="Upgrade a cluster, or go on with an upgrade that broke, from the step that broke.",
    task_runner=THREADS,
    persist_result=False,
)
def upgrade_cluster(
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    skip_validations: SkipValidations = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    faults: Faults = [],  # noqa: B006
) -> State[Any]:
    """Upgrade a cluster. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb="upgrade",
            spec=spec,
            spec_file=spec_file,
            site=site,
            requested_by=requested_by,
            from_step=from_step,
            until_step=until_step,
            faults=tuple(faults),
            skip_validations=tuple(skip_validations),
        )
    )
