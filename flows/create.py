"""Create a cluster from a specification as EKS Anywhere takes them."""

from __future__ import annotations

from typing import Annotated, Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import Field, JsonValue
from pydantic.fields import FieldInfo

from bedplate.engine.driver import WORKERS
from bedplate.operations import steps_of
from flows.operation import carry_out
from flows.order import Order

# One thread for each step that may run side by side, as the command line has.
THREADS = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=WORKERS))


def shown(title: str, description: str, **more: JsonValue) -> FieldInfo:
    """Return how a parameter is shown in a form; Prefect's own title would be its bare name."""
    extra: dict[str, JsonValue] = {"title": title, "description": description, **more}
    return cast("FieldInfo", Field(json_schema_extra=extra))


def first_step(verb: str) -> FieldInfo:
    """Return how the choice of the step to begin at is shown, of all that a verb's tables have."""
    return shown(
        "From step",
        "Begin at this step; every step before it must be settled.",
        enum=["", *steps_of(verb)],
    )


def last_step(verb: str) -> FieldInfo:
    """Return how the choice of the step to end after is shown."""
    return shown(
        "Until step",
        "End after this step; the run stays open and can be resumed.",
        enum=["", *steps_of(verb)],
    )


Spec = Annotated[
    str,
    shown(
        "Specification", "The cluster's specification, pasted: the YAML that EKS Anywhere takes."
    ),
]
SpecFile = Annotated[
    str,
    shown("Specification file", "Or the name of a file in the site's folder of specifications."),
]
Site = Annotated[str, shown("Site", "Where: the name of a block of the type Bedplate site.")]
RequestedBy = Annotated[str, shown("Requested by", "Who wants it, or a ticket's number; recorded.")]
FromStep = Annotated[str, first_step("create")]
UntilStep = Annotated[str, last_step("create")]
SkipValidations = Annotated[
    list[str],
    shown(
        "Skip validations",
        "Names of preflight checks that are not made, such as vsphere-user-privilege.",
    ),
]
Faults = Annotated[
    list[str],
    shown(
        "Faults",
        "For trying failures at a simulated site: port.method[:match]=error[xN]."
        " They happen to a new run; a resumed run finds the world as it is.",
    ),
]


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
