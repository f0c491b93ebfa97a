"""Delete a cluster, and all that was made for it."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.form import (
    THREADS,
    Faults,
    RequestedBy,
    Site,
    Spec,
    SpecFile,
    first_step,
    last_step,
    shown,
)
from flows.operation import carry_out
from flows.order import Order

Confirm = Annotated[
    str,
    shown("Confirm", "The cluster's name, typed once more, so that no other cluster is meant."),
]
FromStep = Annotated[str, first_step("delete")]
UntilStep = Annotated[str, last_step("delete")]
SkipValidations = Annotated[
    list[str],
    shown(
        "Skip validations",
        "Names of validations that are not made: vsphere-volumes leaves volumes' disks where they"
        " are.",
    ),
]


@flow(
    name="delete-cluster",
    flow_run_name="delete",
    description="Delete a cluster and all made for it, or go on with a deletion that broke.",
    task_runner=THREADS,
    persist_result=False,
)
def delete_cluster(
    confirm: Confirm,
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    skip_validations: SkipValidations = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    faults: Faults = [],  # noqa: B006
) -> State[Any]:
    """Delete a cluster. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb="delete",
            spec=spec,
            spec_file=spec_file,
            site=site,
            requested_by=requested_by,
            from_step=from_step,
            until_step=until_step,
            faults=tuple(faults),
            skip_validations=tuple(skip_validations),
            confirm=confirm,
        )
    )
