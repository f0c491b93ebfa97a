"""What a changed specification means for a run that has begun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bedplate.engine.journal import StepRecord, StepState
from bedplate.engine.operation import Operation, Step
from bedplate.errors import Owner, Refused
from bedplate.spec import ClusterSpec, immutable_changes

SETTLED = (StepState.COMPLETED, StepState.KEPT)


def fingerprint(step: Step, spec: ClusterSpec) -> str:
    """Return the digest of the part of the specification that a step depends on."""
    text = json.dumps(step.phase.reads(spec), sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def reopened_steps(
    operation: Operation, spec: ClusterSpec, records: Mapping[str, StepRecord]
) -> frozenset[str]:
    """Return the begun steps whose part of the specification is no longer what it was."""
    return frozenset(
        name
        for name, record in records.items()
        if name in operation and record.fingerprint != fingerprint(operation[name], spec)
    )


def require_safe_change(
    operation: Operation,
    old: ClusterSpec,
    new: ClusterSpec,
    records: Mapping[str, StepRecord],
) -> frozenset[str]:
    """Return the steps that a changed specification opens again; raises Refused where unsafe.

    Unsafe: an immutable field once anything was begun; the point of no return or a step before it
    once that point was begun, since the cluster those steps worked on may be gone.
    """
    begun = frozenset(name for name in records if name in operation)
    problems = immutable_changes(old, new)
    if problems and begun:
        raise Refused(
            "CFG_IMMUTABLE_FIELD",
            "\n".join(str(problem) for problem in problems),
            why="machines or certificates already carry the old value",
            remedy="put the old value back and resume, or abort this run and create anew",
            owner=Owner.SPEC_AUTHOR,
        )
    reopened = reopened_steps(operation, new, records)
    if operation.one_way in begun:
        # The point itself too: to do it again is to want everything before it.
        late = reopened & (operation.before(operation.one_way) | {operation.one_way})
        if late:
            raise Refused(
                "CFG_CHANGED_TOO_LATE",
                f"the changed specification would open {', '.join(sorted(late))} again,"
                f" but {operation.one_way} has begun",
                why=f"what those steps worked on is being moved by {operation.one_way}",
                remedy="resume with the specification of this run, then apply the change to the"
                " finished cluster",
                owner=Owner.SPEC_AUTHOR,
            )
    return reopened
