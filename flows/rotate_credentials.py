"""Bring new vCenter credentials to a cluster."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State

from bedplate.operations import ROTATE_CREDENTIALS
from flows.form import THREADS, Faults, RequestedBy, Site, Spec, SpecFile, first_step, last_step
from flows.operation import carry_out
from flows.order import Order

FromStep = Annotated[str, first_step("rotate-credentials")]
UntilStep = Annotated[str, last_step("rotate-credentials")]


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
