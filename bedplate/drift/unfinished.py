"""What our own runs left behind: runs that stand half done, a bootstrap cluster."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import names
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Seen
from bedplate.engine.journal import UNFINISHED, RunState


def unfinished_runs(seen: Seen) -> Iterator[Drift]:
    """Yield the runs that nobody has brought to an end."""
    for run in seen.runs:
        if run.state in UNFINISHED:
            verb = "abort" if run.state is RunState.ABORTING else "resume"
            yield Drift(
                Sort.RUN_UNFINISHED,
                f"run {run.id}",
                f"to {run.operation} {run.cluster}; it is {run.state} and nobody works on it",
                f"bedplate {verb} {run.id}",
            )


def bootstrap_left(seen: Seen) -> Iterator[Drift]:
    """Yield the bootstrap cluster that a finished operation should have taken away."""
    if seen.bootstrap_left and seen.settled:
        name = names.bootstrap_cluster(seen.spec.name)
        yield Drift(
            Sort.BOOTSTRAP_LEFT,
            f"KinD cluster {name}",
            "it exists, and no run needs it any more",
            f"kind delete cluster --name {name}",
        )
