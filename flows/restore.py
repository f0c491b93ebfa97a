"""Take a cluster back to a backup."""

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

Backup = Annotated[
    str, shown("Backup", "The name of the backup, as `bedplate backup list` shows it.")
]
Confirm = Annotated[
    str,
    shown(
        "Confirm",
        "The cluster's name, typed once more: what was written to it since the backup is lost.",
    ),
]
FromStep = Annotated[str, first_step("restore")]
UntilStep = Annotated[str, last_step("restore")]


@flow(
    name="restore-cluster",
    flow_run_name="restore",
    description="Put a backup's data back into a cluster's etcd, or go on where that broke.",
    task_runner=THREADS,
    persist_result=False,
)
def restore_cluster(
    backup: Backup,
    confirm: Confirm,
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    from_step: FromStep = "",
    until_step: UntilStep = "",
    faults: Faults = [],  # noqa: B006 (Prefect reads it, nobody changes it)
) -> State[Any]:
    """Restore a cluster. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb="restore",
            spec=spec,
            spec_file=spec_file,
            site=site,
            requested_by=requested_by,
            from_step=from_step,
            until_step=until_step,
            faults=tuple(faults),
            confirm=confirm,
            backup=backup,
        )
    )
