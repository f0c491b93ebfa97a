"""Making clusters on a simulated site, for tests that look at what happens around a create."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from bedplate.adapters.journal import SqlJournal, open_journal
from bedplate.engine.journal import LineKind, RunState, StepState
from bedplate.engine.operation import Operation, Step
from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Plan
from bedplate.errors import BedplateError
from bedplate.operations import CREATE, DELETE, SCALE, UPGRADE
from bedplate.ports.kube import Side
from bedplate.request import Request
from bedplate.service import Session, abort, run_to_end
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_text

SPEC_FILE = Path(__file__).parent / "cluster.yaml"
KIND = "w01-eks-a-cluster"  # its bootstrap cluster
MACHINES = 7  # that a create of it makes
LARGER = ("memoryMiB: 8192", "memoryMiB: 16384")
NEWER = ('kubernetesVersion: "1.34"', 'kubernetesVersion: "1.35"')


@dataclass
class Heard:
    """A watch that remembers which steps began, which were kept, and what was said."""

    began: list[str] = field(default_factory=list)
    kept_steps: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    plan: Plan | None = None

    def planned(self, plan: Plan) -> None:
        self.plan = plan

    def started(self, step: Step) -> None:
        self.began.append(step.name)

    def said(self, step: Step, text: str) -> None:
        self.texts.append(text)

    def waiting(self, step: Step, waiting: Waiting) -> None:
        self.texts.append(waiting.on)

    def kept(self, step: Step, why: str) -> None:
        self.kept_steps.append(step.name)

    def settled(self, step: Step, seconds: float) -> None:
        pass

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        pass

    def failed(self, step: Step, error: BedplateError) -> None:
        pass


def kube(place, side=Side.CLUSTER):
    """Return an API server of a place."""
    return place.site.open(load_text(place.text)).kube[side]


class Place:
    """A simulated site and a journal in one folder, and creates on them."""

    def __init__(self, folder: Path, text: str | None = None, stages: Stages | None = None) -> None:
        self.folder = folder
        self.text = text or SPEC_FILE.read_text()
        self.stages = stages
        self.heard = Heard()
        self._open()

    def _open(self) -> None:
        self.site = SimulatedSite(self.folder / "site")
        self.journal: SqlJournal = open_journal(f"sqlite:///{self.folder}/journal.sqlite")

    def begin(self, last: str) -> None:
        """Stand where a create that was stopped after a step stands, on a place still empty."""
        assert self.stages is not None
        assert self.text == SPEC_FILE.read_text()
        assert list(self.journal.runs()) == []
        self.journal.close()
        for one in self.folder.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        shutil.copytree(self.stages.at(last), self.folder, dirs_exist_ok=True)
        self._open()

    @property
    def world(self):
        """The simulated world."""
        return self.site.world

    def session(
        self,
        *,
        first: str | None = None,
        last: str | None = None,
        takes_back: bool = False,
        operation: Operation = CREATE,
    ) -> Session:
        """A session of an operation or of its abort, not yet entered."""
        self.heard = Heard()
        request = Request(operation, self.text, load_text(self.text), "", first, last)
        request = replace(request, takes_back=takes_back)
        return Session(request, self.site, self.journal, self.heard)

    def create(self, *, first: str | None = None, last: str | None = None) -> RunState:
        """Create, or go on with it; returns how the run stands."""
        with self.session(first=first, last=last) as session:
            return run_to_end(session)

    def upgrade(self, *, last: str | None = None, operation: Operation = UPGRADE) -> RunState:
        """Upgrade, or go on with it; returns how the run stands."""
        with self.session(last=last, operation=operation) as session:
            return run_to_end(session)

    def scale(self, *, last: str | None = None) -> RunState:
        """Scale, or go on with it; returns how the run stands."""
        return self.upgrade(last=last, operation=SCALE)

    def delete(self, *, last: str | None = None, skipped: frozenset[str] = frozenset()) -> RunState:
        """Delete, or go on with it; returns how the run stands."""
        session = self.session(last=last, operation=DELETE)
        session.request = replace(session.request, skipped=skipped)
        with session:
            return run_to_end(session)

    def abort(self, operation: Operation = CREATE) -> None:
        """Abort the open run."""
        with self.session(takes_back=True, operation=operation) as session:
            abort(session)

    def calls(self, what: str) -> int:
        """How often a side effect was done in all runs."""
        return sum(
            1
            for run in self.journal.runs()
            for line in self.journal.lines(run.id)
            if line.kind is LineKind.DONE and line.what == what
        )

    def made(self) -> list[str]:
        """The virtual machines that were ever made, sorted."""
        return sorted(e.name for e in self.world.vm_events() if e.event == "made")

    def destroyed(self) -> list[str]:
        """The virtual machines that were ever destroyed, sorted."""
        return sorted(e.name for e in self.world.vm_events() if e.event == "destroyed")

    def settled_steps(self) -> set[str]:
        """The steps that the newest run has settled."""
        (run,) = self.journal.runs(limit=1)
        good = (StepState.COMPLETED, StepState.KEPT)
        return {name for name, r in self.journal.steps(run.id).items() if r.state in good}


@dataclass
class Stages:
    """Folders where the create of the laws was stopped after a step, each made only once."""

    folder: Path

    def at(self, last: str) -> Path:
        """Return the folder of one stage, which nobody may change."""
        stage = self.folder / last
        if not stage.exists():
            place = Place(stage)
            assert place.create(last=last) is RunState.OPEN
            place.journal.close()
        return stage
