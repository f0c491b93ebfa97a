"""What the forms of the flows have in common: their fields, and how each is shown."""

from __future__ import annotations

from typing import Annotated, Any, cast

from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import Field, JsonValue
from pydantic.fields import FieldInfo

from bedplate.engine.driver import WORKERS
from bedplate.operations import steps_of

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
