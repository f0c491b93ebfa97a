"""Take a backup of a cluster."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.form import THREADS, Faults, RequestedBy, Site, SkipValidations, Spec, SpecFile
from flows.operation import carry_out
from flows.order import Order


@flow(
    name="backup-cluster",
    flow_run_name="backup",
    description="Keep a snapshot of a cluster's etcd, its objects and its specification.",
    task_runner=THREADS,
    persist_result=False,
)
def backup_cluster(
    spec: Spec = "",
    spec_file: SpecFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    skip_validations: SkipValidations = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    faults: Faults = [],  # noqa: B006
) -> State[Any]:
    """Take a backup. Retry, or a new run with the same parameters, goes on where it broke."""
    return carry_out(
        Order(
            verb="backup",
            spec=spec,
            spec_file=spec_file,
            site=site,
            requested_by=requested_by,
            from_step="",
            until_step="",
            faults=tuple(faults),
            skip_validations=tuple(skip_validations),
        )
    )
