"""Create a cluster from a specification as EKS Anywhere takes them."""

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

FromStep = Annotated[str, first_step("create")]
UntilStep = Annotated[str, last_step("create")]


@flow(
    name="create-cluster",
    flow_run_name="create",
    description="Create a cluster, or go on with a creation that broke, from the step that broke.",
    task_runner=THREADS,
    persist_result=False,
)
def create_cluster(
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    skip_validations: SkipValidations = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    faults: Faults = [],  # noqa: B006
) -> State[Any]:
    """Create a cluster. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb="create",
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
