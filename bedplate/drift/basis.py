"""What a cluster is compared with: the runs of its present life, and the newest that was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.engine.change import recorded_spec
from bedplate.engine.journal import UNFINISHED, Run, RunState
from bedplate.spec import ClusterSpec


@dataclass(frozen=True, slots=True)
class Basis:
    """The runs of a cluster's present life, newest first; `run` is the one to compare with."""

    run: Run
    spec: ClusterSpec
    specs: tuple[ClusterSpec, ...]
    runs: tuple[Run, ...]

    @property
    def settled(self) -> bool:
        """Whether everything that was begun was brought to its end."""
        unfinished = any(run.state in UNFINISHED for run in self.runs)
        return not unfinished and self.run.state is RunState.COMPLETED

    @property
    def told(self) -> str:
        """The basis in words."""
        return f"run {self.run.id} ({self.run.operation}, {self.run.state})"


def basis_of(runs: Sequence[Run]) -> Basis | None:
    """Return what the runs of a life (newest first) come to; None where there are none.

    The newest completed run counts, or the newest of all where none was ever completed.
    """
    if not runs:
        return None
    run = next((one for one in runs if one.state is RunState.COMPLETED), runs[0])
    specs = {one.fingerprint: recorded_spec(one) for one in runs}
    return Basis(run, recorded_spec(run), tuple(specs.values()), tuple(runs))
