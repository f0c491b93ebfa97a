"""Upgrade a cluster in place, to a specification that says how it shall be."""

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
    shown,
)
from flows.operation import carry_out
from flows.order import Order

FromStep = Annotated[str, first_step("upgrade")]
UntilStep = Annotated[str, last_step("upgrade")]
Bundle = Annotated[
    str,
    shown("Bundle", "The digest that the bundle must have; a campaign names the one it planned."),
]
NotAfter = Annotated[
    str,
    shown(
        "Not after",
        "Change nothing where the run only begins after this moment, such as"
        " 2026-01-05T04:00:00+00:00; a campaign names its window's end.",
    ),
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
    bundle: Bundle = "",
    not_after: NotAfter = "",
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
            bundle=bundle,
            not_after=not_after,
            faults=tuple(faults),
            skip_validations=tuple(skip_validations),
        )
    )
