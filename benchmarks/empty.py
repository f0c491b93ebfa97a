"""An operation whose phases do nothing: what is left is the engine's own time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bedplate.bundles import ChosenBundle, VersionsBundle
from bedplate.engine.operation import Operation, Row
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Fact, Given, Key
from bedplate.ports.kube import JSON
from bedplate.ports.tools import Ports, Tools
from bedplate.spec import ClusterSpec, load_file

SPEC = Path(__file__).parent.parent / "examples" / "vsphere-standalone.yaml"


class Done(Fact):
    """That the phase ran."""

    step: int


class Empty(Phase[Done]):
    """Asks for nothing and finds it done once it ran."""

    title = "Nothing"
    patience = Patience(deadline=10, attempts=1)

    def __init__(self, number: int) -> None:
        self._number = number
        self._ran = False
        self.gives = Key(f"done-{number}", Done)

    def check(self, given: Given, tools: Tools) -> Done | None:
        """Done once it ran."""
        return Done(step=self._number) if self._ran else None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Run."""
        self._ran = True
        return None

    def verify(self, given: Given, tools: Tools) -> Done | Waiting:
        """Done."""
        return Done(step=self._number)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Not done."""
        self._ran = False
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Nothing."""
        return None


class StillClock:
    """A clock on which sleeping takes no time."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """The seconds slept so far."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self._now += seconds


class NoSite:
    """A site where phases need nothing but a clock."""

    name = "none"

    def open(self, spec: ClusterSpec) -> Ports:
        """Ports that nobody calls."""
        nothing: Mapping[object, object] = {}
        fields = dict.fromkeys(
            ("bootstrap", "vcenter", "network", "host", "git", "vault", "files", "components"),
            object(),
        )
        return Ports(clock=StillClock(), kube=nothing, **fields)  # type: ignore[arg-type]

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """A bundle that nobody reads."""
        return ChosenBundle(
            1, "v0.26.0", "none", "nowhere", VersionsBundle(kube_version="1.34"), {}, {}
        )


def empty_operation(steps: int) -> Operation:
    """Return an operation of so many steps, one after the other."""
    names = [f"step-{number:03d}" for number in range(steps)]
    rows: list[Row] = [
        (name, Empty(number), names[number - 1] if number else "")
        for number, name in enumerate(names)
    ]
    return Operation("empty", rows)


def load_spec() -> tuple[str, ClusterSpec]:
    """Return the example's text and specification."""
    return SPEC.read_text(), load_file(SPEC)
