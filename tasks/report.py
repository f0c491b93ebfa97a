"""The report of a run: its plan, each step with time and attempts, the failure with its remedy.

One Markdown artifact per cluster and operation; each attempt is a new version of it.
"""

from __future__ import annotations

import contextlib
import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from uuid import UUID

import httpx
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate

from bedplate.adapters.redaction import KNOWN
from bedplate.engine.estimate import Estimate, estimate_operation
from bedplate.engine.journal import Attempt, StepRecord, StepState
from bedplate.engine.plan import Action, Decision, Plan
from bedplate.engine.settle import STOPPED
from bedplate.errors import BedplateError, JournalError, Owner
from bedplate.service import Session
from tasks.failures import StepFailed
from tasks.times import spoken


class Standing(enum.StrEnum):
    """How far the run is, as its report begins."""

    RUNNING = "▶ Running"
    COMPLETED = "✅ Completed"
    PARTLY = "⏸ Done as far as asked"
    FAILED = "❌ Failed"
    CRASHED = "💥 Crashed"
    STOPPED = "⏹ Stopped"


_INTERRUPTED, _STOPPED = "⏹ interrupted", "⏹ stopped"
_STATES = {
    StepState.RUNNING: "▶ running",
    StepState.COMPLETED: "✅ completed",
    StepState.KEPT: "⏩ kept",
    StepState.FAILED: "❌ failed",
    StepState.UNDONE: "↩ undone",
}
_PLANNED = {
    Action.KEEP: "⏩ kept",
    Action.LOOK: "to look at",
    Action.DO: "to do",
    Action.LEAVE: "not asked for",
}


def key_of(cluster: str, operation: str) -> str:
    """Return the artifact's key: lowercase letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", f"{cluster}-{operation}".lower()).strip("-")


class Report:
    """The report of one attempt of a flow run: written when planned, and again when it ends.

    It stays one artifact, so that whoever opens the run finds one card; the next attempt's report
    is the next version of it. As a context it sees to its own end, whatever ends the run.
    """

    def __init__(self, session: Session, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._artifact: UUID | None = None

    def __enter__(self) -> Report:
        """Write the report of a run that begins."""
        self.publish(Standing.RUNNING)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write how a run ended that an error ends, or a cancel."""
        if error is None:
            return
        # What ended the run is what has to be known of it, not that this could not be written.
        with contextlib.suppress(httpx.HTTPError, JournalError):
            self.publish(_standing(error), error)

    def publish(self, standing: Standing, error: BaseException | None = None) -> None:
        """Write the report as it is now into Prefect."""
        cluster, operation = self._session.spec.name, self._session.operation.name
        text = KNOWN.redact(_Moment(self._session, self._plan, standing, error).text())
        description = f"{standing.value}: {operation} {cluster}"
        if self._artifact is not None:
            change = ArtifactUpdate(data=text, description=description)
            with get_client(sync_client=True) as client:
                client.update_artifact(self._artifact, change)
            return
        made = create_markdown_artifact(
            markdown=text, key=key_of(cluster, operation), description=description
        )
        if isinstance(made, UUID):  # it is, outside of an event loop
            self._artifact = made


@dataclass(frozen=True, slots=True)
class _Moment:
    """The Markdown of one moment of a run."""

    session: Session
    plan: Plan
    standing: Standing
    error: BaseException | None

    def text(self) -> str:
        run = self.session.run
        records = self.session.journal.steps(run.id)
        attempts = self.session.journal.attempts(run.id)
        rows = [
            self._row(d, records.get(d.step.name), _of(attempts, d)) for d in self.plan.decisions
        ]
        parts = [f"# {run.operation} {run.cluster}", *self._head()]
        if self.error is not None:
            parts += _failure(self.error, run.id)
        parts += ["## Steps", table(("Step", "State", "Time", "Attempts", "Remarks"), rows)]
        parts.append(
            "Times are those of the site, over all attempts; on a simulated site they are"
            " simulated. Steps are kept where a look showed that there is nothing to do."
        )
        return "\n\n".join(parts)

    def _head(self) -> list[str]:
        run, spec = self.session.run, self.session.spec
        facts = [
            ("Cluster", f"{spec.name}, Kubernetes {spec.kubernetes_version}"),
            ("Site", run.site),
            ("Run", f"`{run.id}`"),
            ("Requested by", run.requested_by or "nobody named"),
            ("Plan", self._counts()),
        ]
        if self.standing is Standing.RUNNING:
            facts.append(("Expected time", _expected(self._estimate())))
        return [f"## {self.standing.value}", _list(facts)]

    def _counts(self) -> str:
        counts = ((len(self.plan.names(action)), words) for action, words in _COUNTED.items())
        return ", ".join(f"{count} {words}" for count, words in counts if count)

    def _estimate(self) -> Estimate | None:
        durations = self.session.journal.durations(self.plan.operation.name, self.session.run.site)
        return estimate_operation(
            self.plan.operation, durations, self.plan.names(Action.DO, Action.LOOK)
        )

    def _row(
        self, decision: Decision, record: StepRecord | None, attempts: Sequence[Attempt]
    ) -> tuple[str, ...]:
        seconds = sum(attempt.seconds or 0.0 for attempt in attempts)
        return (
            decision.step.label,
            self._state(decision, record, attempts),
            spoken(seconds) if attempts else "",
            str(len(attempts)) if attempts else "",
            _remark(decision, attempts),
        )

    def _state(
        self, decision: Decision, record: StepRecord | None, attempts: Sequence[Attempt]
    ) -> str:
        """The plan speaks of steps that it keeps or that were not begun, the journal of others."""
        if decision.action is Action.KEEP or record is None:
            return _PLANNED[decision.action]
        if record.state is StepState.RUNNING and self.standing is not Standing.RUNNING:
            return _INTERRUPTED
        if attempts and (attempts[-1].error or {}).get("code") == STOPPED:
            return _STOPPED
        return _STATES[record.state]


_COUNTED = {
    Action.KEEP: "steps to keep",
    Action.LOOK: "to look at again",
    Action.DO: "to do",
    Action.LEAVE: "not asked for",
}


def _expected(estimate: Estimate | None) -> str:
    if estimate is None:
        return "unknown: there are no earlier runs at this site"
    return (
        f"{spoken(estimate.p50)} (half of the earlier runs were faster),"
        f" {spoken(estimate.p90)} at worst in nine of ten"
    )


def _of(attempts: Sequence[Attempt], decision: Decision) -> list[Attempt]:
    return [attempt for attempt in attempts if attempt.step == decision.step.name]


def _remark(decision: Decision, attempts: Sequence[Attempt]) -> str:
    if decision.action is Action.KEEP:
        return decision.why
    if not attempts:
        return f"after {', '.join(sorted(decision.step.after))}" if decision.step.after else ""
    last = attempts[-1]
    if last.error is not None:
        return f"{last.error.get('code', '')}: {last.error.get('seen', '')}"
    return f"waited on {last.waited_on}" if last.waited_on else ""


def _standing(error: BaseException) -> Standing:
    """What ends a run is explained (failed), a defect (crashed), or the wish of a person."""
    if isinstance(error, StepFailed | BedplateError):
        return Standing.FAILED
    return Standing.CRASHED if isinstance(error, Exception) else Standing.STOPPED


def _failure(error: BaseException, run_id: str) -> list[str]:
    if isinstance(error, StepFailed):
        head, lines = f"{error.step.label}: `{error.error.code}`", _explained(error.error)
    elif isinstance(error, BedplateError):
        head, lines = f"`{error.code}`", _explained(error)
    elif isinstance(error, Exception):
        head, lines = f"`{type(error).__name__}`", _unknown(error)
    else:
        seen = "it was cancelled, or its process was asked to end"
        head, lines = "Why it stopped", [("What was seen", seen)]
    then = ("Then", f"press Retry on the run's page, or type `bedplate resume {run_id}`")
    return [f"## {head}", _list([line for line in [*lines, then] if line[1]])]


def _explained(error: BedplateError) -> list[tuple[str, str]]:
    return [
        ("What was seen", error.seen),
        ("Why that is a problem", error.why),
        ("What to do", error.remedy),
        ("Who can do it", error.owner.value),
    ]


def _unknown(error: Exception) -> list[tuple[str, str]]:
    return [
        ("What was seen", f"an error that Bedplate does not know: {type(error).__name__}"),
        ("What to do", "report it, with the trace that the logs of this run end with"),
        ("Who can do it", Owner.BEDPLATE.value),
    ]


def _list(facts: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"- **{name}**: {_indented(text)}" for name, text in facts)


def _indented(text: str) -> str:
    """Every further line of a text stays in its item, and on a line of its own."""
    return text.replace("\n", "  \n  ")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    """A table's cell is one line and has no bars of its own."""
    return text.replace("|", "\\|").replace("\n", "<br>")
