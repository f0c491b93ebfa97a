"""What earlier runs left in the journal: of this cluster's present life, and of other clusters.

A cluster's life ends with a delete that was completed: what came before is of another cluster that
had the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bedplate.engine.journal import UNFINISHED, Journal, LineKind, Run, RunState, StepState
from bedplate.fact import FactType, Key
from bedplate.ports.kube import JSON

LAST = frozenset({"delete", "delete-managed"})
"""The operations after which a cluster is no more."""

SHAPING = (
    "create",
    "create-managed",
    "adopt",
    "upgrade",
    "upgrade-managed",
    "scale",
    "scale-managed",
)
"""The operations after which a cluster is as their specification says."""

MANY = 10_000  # runs; more than a journal has


REST = "rest"
"""The note of a run that is one leg of a longer upgrade: the specification of the whole."""


def rest_of(journal: Journal, run_id: str) -> str:
    """Return the specification for which a run is only a part of the way; "" where it is all."""
    for line in reversed(journal.lines(run_id)):
        if line.kind is LineKind.NOTE and line.what == REST:
            return line.value if isinstance(line.value, str) else ""
    return ""


def life_of(journal: Journal, cluster: str) -> Iterator[Run]:
    """Yield the runs of a cluster's present life, the newest first."""
    for run in journal.runs(cluster, limit=MANY):
        if run.operation in LAST and run.state is RunState.COMPLETED:
            return
        yield run


def unfinished_others(journal: Journal, cluster: str, operation: str) -> Sequence[Run]:
    """Return a cluster's runs of other operations that have not ended, the newest first."""
    runs = journal.runs(cluster, limit=MANY)
    return [run for run in runs if run.state in UNFINISHED and run.operation != operation]


def noted(journal: Journal, cluster: str, step: str, name: str) -> Sequence[JSON]:
    """Return what a step noted in this life under a name, unless it was taken back since."""
    found: list[JSON] = []
    for run in life_of(journal, cluster):
        record = journal.steps(run.id).get(step)
        if record is None or record.state is StepState.UNDONE:
            continue
        found += [
            line.value
            for line in journal.lines(run.id, step)
            if line.kind is LineKind.NOTE and line.what == name
        ]
    return found


def others(journal: Journal, cluster: str, key: Key[FactType]) -> Mapping[str, FactType]:
    """Return the newest fact of a key that each other cluster that lives has on record."""
    names = {run.cluster for run in journal.runs(limit=MANY)} - {cluster}
    found = {name: _newest(journal, name, key) for name in sorted(names)}
    return {name: fact for name, fact in found.items() if fact is not None}


def _newest(journal: Journal, cluster: str, key: Key[FactType]) -> FactType | None:
    for run in life_of(journal, cluster):
        for record in journal.steps(run.id).values():
            kept = record.fact is not None and record.state is not StepState.UNDONE
            if kept and (record.fact_key, record.fact_version) == (key.name, key.version):
                return key.parse(record.fact or "")
    return None
