"""What `--output json` writes: documented in docs/reference/cli.md, fields are only ever added."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Seconds: TypeAlias = Annotated[float, Field(description="in the site's time")]


class Standing(enum.StrEnum):
    """How a run stands, as far as can be told from here."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    FAILED = "failed"
    ABORTING = "aborting"
    COMPLETED = "completed"
    ABORTED = "aborted"


class Report(BaseModel):
    """The base of every document: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def text(self) -> str:
        """Return the document as JSON."""
        return self.model_dump_json(indent=2)


class ProblemReport(Report):
    """One thing wrong in a specification."""

    file: str
    line: int = Field(description="from 1")
    column: int = Field(description="from 1")
    field: str = Field(description="the field's path, such as spec.controlPlaneConfiguration.count")
    message: str
    expected: str = Field(description="what would be right")


class ErrorReport(Report):
    """A failure that Bedplate explains."""

    code: str = Field(description="stable; scripts may match on it")
    seen: str = Field(description="what was seen")
    why: str = Field(description="why that is a problem")
    remedy: str = Field(description="what to do or to type next")
    owner: str = Field(description="who can do it")
    kind: str = Field(description="temporary (trying again may help) or permanent")
    problems: tuple[ProblemReport, ...] = Field(
        default=(), description="every problem of a specification (code CFG_INVALID)"
    )
    holder: str | None = Field(
        default=None, description="the id of the runner at work (code LEASE_HELD)"
    )


class FailureReport(Report):
    """What standard output holds when a verb fails and has nothing else to report."""

    error: ErrorReport
    exit_status: int


class AttemptReport(Report):
    """One attempt at a step."""

    number: int = Field(description="from 1")
    runner: str = Field(description="the process that made it")
    outcome: str = Field(description="running, interrupted, stopped, completed, kept or failed")
    started_at: float = Field(description="Unix seconds")
    ended_at: float | None = Field(description="Unix seconds; null: it runs, or was killed")
    seconds: Seconds | None
    waited_on: str | None = Field(description="what it last waited on, where it failed")
    error: ErrorReport | None


class StepReport(Report):
    """One step of a run."""

    number: int = Field(description="its row in the operation's table")
    name: str
    title: str
    after: tuple[str, ...] = Field(description="the steps it runs after")
    state: str = Field(description="not begun, undone, or the outcome of its last attempt")
    seconds: Seconds | None = Field(description="of all attempts together, in the site's time")
    attempts: tuple[AttemptReport, ...]


class EstimateReport(Report):
    """How long something takes, from earlier runs at the site."""

    p50: float = Field(description="the median, in seconds of the site's time")
    p90: float = Field(description="the 90th percentile")
    samples: int = Field(description="earlier runs that it rests on")


class RunLine(Report):
    """One run in a list."""

    id: str
    operation: str
    cluster: str
    site: str
    state: Standing
    started_at: float = Field(description="Unix seconds")
    ended_at: float | None = Field(description="Unix seconds")
    requested_by: str
    holder: str | None = Field(description="the process that works on it now")
    holder_id: str | None = Field(description="that process's id, which no other ever has")


class RunsReport(Report):
    """`bedplate runs`."""

    runs: tuple[RunLine, ...] = Field(description="the newest first")


class ItemReport(Report):
    """One line of the inventory that ends a delete."""

    kind: str = Field(description="virtual machine, folder, bootstrap cluster, file, …")
    name: str
    why: str = Field(description="why it is there, and may stay; empty: it is gone")


class RunReport(Report):
    """`bedplate show`, and the end of `create`, `delete`, `resume` and `abort`."""

    run: RunLine
    steps: tuple[StepReport, ...]
    left: EstimateReport | None = Field(description="time for the steps that are not settled")
    error: ErrorReport | None = Field(description="why the run stands where it stands")
    kubeconfig: str | None = Field(description="where it is, once there is one")
    inventory: tuple[ItemReport, ...] | None = Field(
        default=None, description="what a delete looked for at its end, and did not find"
    )
    site_known: bool = Field(
        default=True, description="false: sites.yaml no longer names the run's site"
    )


class DecisionReport(Report):
    """One step of a plan."""

    number: int
    name: str
    title: str
    action: str = Field(description="keep, do, look again or leave")
    why: str
    way_back: bool = Field(
        default=True, description="false: from this step on nothing is taken back"
    )


class GroupReport(Report):
    """Machines of one kind; memory and disk of one machine."""

    name: str
    role: str = Field(description="control plane, etcd or workers")
    count: int
    surge: int = Field(description="machines more while an upgrade replaces them")
    cpus: int
    memory_mib: int
    disk_gib: int
    folder: str
    datastore: str
    resource_pool: str
    template: str
    networks: tuple[str, ...]


class CapacityReport(Report):
    """What a number of machines takes together."""

    machines: int
    cpus: int
    memory_mib: int
    disk_gib: int


class NeedsReport(Report):
    """All that will be made."""

    groups: tuple[GroupReport, ...]
    folders: tuple[str, ...]
    endpoint: str = Field(description="the control plane's own address")
    addresses: dict[str, int] = Field(description="by network, surge included, endpoint not")
    all_addresses: int = Field(description="of every network, and the endpoint's")
    now: CapacityReport
    with_surge: CapacityReport


class GroupChangeReport(Report):
    """What an upgrade or a scaling does to one group of machines."""

    name: str
    replaced: bool = Field(description="whether its machines are replaced, one after the other")
    machines: tuple[str, ...] = Field(description="those that are there now")
    why: tuple[str, ...] = Field(description="the fields that they are made from and that change")
    before: int | None = Field(description="machines wanted now; null: the autoscaler says")
    after: int | None


class LegReport(Report):
    """One leg of an upgrade of several minor versions, after the first."""

    kubernetes: str = Field(description="the Kubernetes version that it leads to")
    groups: tuple[GroupChangeReport, ...]


class PlanReport(Report):
    """`bedplate plan`."""

    operation: str
    cluster: str
    site: str
    run: str | None = Field(description="the open run that would go on")
    steps: tuple[DecisionReport, ...]
    needs: NeedsReport
    expected: EstimateReport | None = Field(description="null: no earlier run took these steps")
    machines: tuple[str, ...] = Field(default=(), description="the virtual machines that exist now")
    groups: tuple[GroupChangeReport, ...] | None = Field(
        default=None, description="what happens to machines that are there; null for other verbs"
    )
    kubernetes: str = Field(default="", description="the version that an upgrade leads to first")
    then: tuple[LegReport, ...] = Field(
        default=(),
        description="the legs that come after, one minor version each, runs of their own",
    )


class TableRow(Report):
    """One step of an operation's table."""

    number: int
    name: str
    title: str
    after: tuple[str, ...]
    needs: tuple[str, ...] = Field(description="the facts it reads")
    gives: str = Field(description="the fact it leaves")
    deadline: float = Field(description="seconds that one attempt may take")
    attempts: int = Field(description="how many may end at their deadline")
    tries: int = Field(description="how many there are where something else fails for a while")


class TableReport(Report):
    """`bedplate steps`."""

    operation: str
    one_way: str | None = Field(description="the step after which there is no way back")
    steps: tuple[TableRow, ...]


class SiteReport(Report):
    """One site."""

    name: str
    kind: str
    state: str = Field(description="the folder of its files")
    journal: str = Field(description="the journal's address, without a password")
    pace: float = Field(description="real seconds that one simulated second takes")


class SitesReport(Report):
    """`bedplate sites`."""

    sites: tuple[SiteReport, ...]


class FaultReport(Report):
    """One fault of a simulated site."""

    fault: str = Field(description="as `--fault` takes it")
    port: str = Field(description="the port whose calls fail, or world")
    method: str = Field(description="the call; * is every call")
    match: str = Field(description="the objects that are meant; empty: all")
    error: str = Field(description="how a call fails; empty for the world's own faults")
    times: int | None = Field(description="how often it is still to happen; null: until cleared")


class FaultsReport(Report):
    """`bedplate faults`."""

    site: str
    faults: tuple[FaultReport, ...] = Field(description="those that are still to happen")
    cleared: tuple[FaultReport, ...] = Field(description="those that --clear took back")


class ValidationReport(Report):
    """`bedplate validate`."""

    file: str
    old: str | None = Field(description="the specification that the upgrade begins from")
    valid: bool
    problems: tuple[ProblemReport, ...] = Field(description="in the order of their places")
    ignored: tuple[ProblemReport, ...] = Field(
        description="fields that EKS Anywhere does not read; the file may be valid all the same"
    )


class VersionReport(Report):
    """`bedplate version`."""

    bedplate: str
    python: str


DOCUMENTS: dict[str, type[Report]] = {
    "create cluster, adopt, backup cluster, restore cluster, delete cluster, rotate credentials,"
    " resume, abort, show": RunReport,
    "plan": PlanReport,
    "runs": RunsReport,
    "steps": TableReport,
    "validate": ValidationReport,
    "sites": SitesReport,
    "faults": FaultsReport,
    "version": VersionReport,
    "any verb that fails without one of these": FailureReport,
}
