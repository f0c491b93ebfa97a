"""Change how many machines a cluster has."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.form import (
    THREADS,
    Faults,
    RequestedBy,
    Site,
    SkipValidations,
    Spec,
    SpecFile,
    first_step,
    last_step,
)
from flows.operation import carry_out
from flows.order import Order

FromStep = Annotated[str, first_step("scale")]
UntilStep = Annotated[str, last_step("scale")]


@flow(
    name="scale-cluster",
    flow_run_name="scale",
    description="Scale a cluster, or go on with a scaling that broke, from the step that broke.",
    task_runner=THREADS,
    persist_result=False,
)
def scale_cluster(
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    skip_validations: SkipValidations = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    faults: Faults = [],  # noqa: B006
) -> State[Any]:
    """Scale a cluster. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb="scale",
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
