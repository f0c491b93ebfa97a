"""Renew the certificates of a cluster."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State

from bedplate.operations import RENEW
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

FromStep = Annotated[str, first_step("renew-certificates")]
UntilStep = Annotated[str, last_step("renew-certificates")]


@flow(
    name="renew-certificates",
    flow_run_name="renew-certificates",
    description="Replace the machines of control plane and etcd: they get new certificates.",
    task_runner=THREADS,
    persist_result=False,
)
def renew_certificates(
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    skip_validations: SkipValidations = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    faults: Faults = [],  # noqa: B006
) -> State[Any]:
    """Renew. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb=RENEW.verb,
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
