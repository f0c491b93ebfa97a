"""What a changed specification means for a run that has begun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from bedplate.bundles import ChosenBundle
from bedplate.engine.history import LAST, SHAPING, unfinished_others
from bedplate.engine.journal import Journal, Run, RunState, StepRecord, StepState
from bedplate.engine.operation import Operation, Step
from bedplate.engine.plan import Action, Plan
from bedplate.errors import Owner, Refused
from bedplate.spec import ClusterSpec, Environment, changed_fields, immutable_changes, load_text

SETTLED = (StepState.COMPLETED, StepState.KEPT)


# A recorded specification was accepted once, with whatever switches its author had set.
ACCEPTED = Environment(api_server_extra_args=True)


def recorded_spec(run: Run) -> ClusterSpec:
    """Return the specification that a run has on record."""
    return load_text(run.spec_text, f"run {run.id}", ACCEPTED)


def fingerprint(step: Step, spec: ClusterSpec, bundle: ChosenBundle) -> str:
    """Return the digest of the part of specification and bundle that a step depends on."""
    text = json.dumps(step.phase.reads(spec, bundle), sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def reopened_steps(
    operation: Operation,
    spec: ClusterSpec,
    bundle: ChosenBundle,
    records: Mapping[str, StepRecord],
) -> frozenset[str]:
    """Return the begun steps whose part of specification or bundle is no longer what it was.

    Once the point of no return was begun, it and what came before it are history. A change of the
    specification that concerns them was refused; what differs then is how this program reads it.
    """
    one_way = operation.one_way
    if one_way is None or one_way not in records:
        return _changed_steps(operation, spec, bundle, records)
    return _changed_steps(operation, spec, bundle, records) - operation.before(one_way) - {one_way}


def _changed_steps(
    operation: Operation,
    spec: ClusterSpec,
    bundle: ChosenBundle,
    records: Mapping[str, StepRecord],
) -> frozenset[str]:
    return frozenset(
        name
        for name, record in records.items()
        if name in operation and record.fingerprint != fingerprint(operation[name], spec, bundle)
    )


def require_unchanged_since_finished(
    plan: Plan,
    spec: ClusterSpec,
    bundle: ChosenBundle,
    runs: Sequence[Run],
    records: Mapping[str, StepRecord],
) -> None:
    """Raise Refused where a new run finds a finished cluster of another specification or bundle.

    `runs` are the cluster's, newest first. Walking backwards nothing would look at what differs,
    and the run would call the cluster what it is not.
    """
    operation = plan.operation
    if operation.name in LAST or not _is_begun_anew(plan, records):
        return  # whatever it was it is no more, or it is being made
    shaping = {operation.name, *SHAPING}
    done = (r for r in runs if r.operation in shaping and r.state is RunState.COMPLETED)
    last = next(done, None)
    if last is None:
        return
    if last.fingerprint == spec.fingerprint():
        _require_same_bundle(last, bundle)
        return
    fields = changed_fields(recorded_spec(last), spec)
    raise Refused(
        "CFG_CHANGED_AFTER_END",
        f"{last.operation} of {spec.name} was completed by run {last.id} with another"
        f" specification; what differs: {', '.join(fields)}",
        why=f"{operation.name} leaves a finished cluster as it is",
        remedy="bedplate upgrade cluster -f FILE changes it (plan upgrade tells how); or put the"
        f" values of run {last.id} back",
        owner=Owner.SPEC_AUTHOR,
    )


def _is_begun_anew(plan: Plan, records: Mapping[str, StepRecord]) -> bool:
    """Say whether a run that has done nothing yet may have found a finished cluster."""
    one_way = plan.operation.one_way
    if one_way is None:
        return plan.operation.makes and not records
    return one_way not in records and plan[one_way].action is Action.KEEP


def require_not_finished(operation: Operation, runs: Sequence[Run]) -> None:
    """Raise Refused where an abort would take back a cluster that an earlier run finished.

    `runs` are the cluster's, newest first. A table with a point of no return refuses it there.
    """
    if not operation.makes or operation.one_way is not None:
        return
    done = (r for r in runs if (r.operation, r.state) == (operation.name, RunState.COMPLETED))
    for run in done:
        raise Refused(
            "CLUSTER_FINISHED",
            f"{run.cluster} was finished by run {run.id}",
            why="an abort takes back a cluster that is being made, not one that is in use",
            remedy=f"bedplate delete cluster {run.cluster}, or bedplate resume {run.cluster}",
            owner=Owner.PLATFORM,
        )


def _require_same_bundle(last: Run, bundle: ChosenBundle) -> None:
    if last.bundle == bundle.digest:
        return
    raise Refused(
        "BUNDLE_CHANGED_AFTER_END",
        f"{last.operation} of {last.cluster} was completed by run {last.id} with the bundle"
        f" sha256:{last.bundle[:12]}; now it is sha256:{bundle.digest[:12]}"
        f" ({bundle.source})",
        why=f"{last.operation} leaves a finished cluster as it is",
        remedy=f"bedplate upgrade cluster -f FILE takes it to this one; or use that of {last.id}",
        owner=Owner.PLATFORM,
    )


def _what_changed(old: ClusterSpec, new: ClusterSpec) -> str:
    same = old.fingerprint() == new.fingerprint()
    return "another bundle" if same else "the changed specification"


def require_not_aborting(run: Run) -> None:
    """Raise Refused where a run is being taken back: half of it may be gone."""
    if run.state is RunState.ABORTING:
        raise Refused(
            "RUN_ABORTING",
            f"run {run.id} of {run.cluster} is being taken back",
            why="it was aborted, and the abort did not come to its end",
            remedy=f"bedplate abort {run.id}",
            owner=Owner.PLATFORM,
        )


def require_not_taken_over(
    operation: Operation, table: Mapping[str, Operation], journal: Journal, cluster: str
) -> None:
    """Raise Refused where an unfinished run of another operation excludes this one."""
    for other in unfinished_others(journal, cluster, operation.name):
        if other.operation in table and operation.name in table[other.operation].takes_over:
            raise Refused(
                "TAKEN_OVER",
                f"run {other.id} is to {other.operation} {other.cluster}, and has not ended",
                why="the two would undo each other's work",
                remedy=f"bedplate resume {other.id}, or abort it first",
                owner=Owner.PLATFORM,
            )


def require_same_site(run: Run, site: str) -> None:
    """Raise Refused where a run began elsewhere."""
    if run.site != site:
        raise Refused(
            "SITE_CHANGED",
            f"run {run.id} of {run.cluster} began at site {run.site!r}, not {site!r}",
            why="its machines are at the other site",
            remedy=f"bedplate resume {run.id}, or abort it first",
            owner=Owner.PLATFORM,
        )


def require_this_bundle(wanted: str, bundle: ChosenBundle) -> None:
    """Raise Refused where a digest was asked for and the bundle has another."""
    if wanted not in ("", bundle.digest):
        raise Refused(
            "BUNDLE_OTHER",
            f"the bundle of {bundle.source} has the digest {bundle.digest[:12]}, not the"
            f" {wanted[:12]} that was planned",
            why="what would be installed is not what was approved",
            remedy="find out who changed the bundle; then make a new plan, and have it approved",
            owner=Owner.PLATFORM,
        )


def require_free(
    operation: Operation, table: Mapping[str, Operation], journal: Journal, cluster: str
) -> None:
    """Raise Refused where an unfinished run of another operation has to end first."""
    require_not_taken_over(operation, table, journal, cluster)
    require_none_unfinished(operation, journal, cluster)


def require_none_unfinished(operation: Operation, journal: Journal, cluster: str) -> None:
    """Raise Refused where a run has to end first: what it does decides what there is to change."""
    for other in unfinished_others(journal, cluster, operation.name):
        if other.operation in operation.waits_for:
            raise Refused(
                "RUN_UNFINISHED",
                f"run {other.id} is to {other.operation} {other.cluster}, and has not ended",
                why=f"{operation.name} begins with a cluster that nobody is changing",
                remedy=f"bedplate resume {other.id}, then run the same command again",
                owner=Owner.PLATFORM,
            )


def taken_over(operation: Operation, journal: Journal, cluster: str) -> Sequence[Run]:
    """Return the unfinished runs that an operation ends, since they have become pointless."""
    others = unfinished_others(journal, cluster, operation.name)
    return [other for other in others if other.operation in operation.takes_over]


def require_safe_change(
    operation: Operation,
    old: ClusterSpec,
    new: ClusterSpec,
    bundle: ChosenBundle,
    records: Mapping[str, StepRecord],
) -> frozenset[str]:
    """Return the steps that a changed specification or bundle opens again.

    Raises Refused where that is unsafe.

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
    reopened = _changed_steps(operation, new, bundle, records)
    if operation.one_way in begun:
        # The point itself too: to do it again is to want everything before it.
        late = reopened & (operation.before(operation.one_way) | {operation.one_way})
        if late:
            raise Refused(
                "CFG_CHANGED_TOO_LATE",
                f"{_what_changed(old, new)} would open {', '.join(sorted(late))} again,"
                f" but {operation.one_way} has begun",
                why=f"what those steps worked on is being moved by {operation.one_way}",
                remedy="resume with the specification and the bundle of this run, then apply the"
                " change to the finished cluster",
                owner=Owner.SPEC_AUTHOR,
            )
    return reopened
