"""A small world for the engine's tests: a clock, a shelf, and phases that put things on it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

from bedplate.bundles import ChosenBundle, VersionsBundle
from bedplate.engine.operation import Operation, Step
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.engine.plan import Plan
from bedplate.errors import BedplateError, PermanentError, TemporaryError
from bedplate.fact import Fact, Given, Key
from bedplate.ports.tools import Ports, Tools
from bedplate.spec import ClusterSpec, load_text

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "vsphere-standalone.yaml"
TEXT = EXAMPLE.read_text()


def changed_text(before: str, after: str) -> str:
    """Return the example with one place changed."""
    assert TEXT.count(before) == 1
    return TEXT.replace(before, after)


MORE_WORKERS = changed_text("- name: md-0\n      count: 2", "- name: md-0\n      count: 3")
OTHER_ENDPOINT = changed_text("host: 198.18.0.10", "host: 198.18.0.11")


class FakeClock:
    """A clock on which sleeping is the only way for time to pass."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Shelf:
    """The vault port over a dict: the world that the small phases change.

    `troubles` holds errors to be raised by a call such as "put a", one per call.
    """

    def __init__(self) -> None:
        self.things: dict[str, str] = {}
        self.calls: list[str] = []
        self.troubles: dict[str, list[BedplateError]] = {}

    def get(self, name: str) -> str | None:
        self._call(f"get {name}")
        return self.things.get(name)

    def put(self, name: str, text: str) -> None:
        self._call(f"put {name}")
        self.things[name] = text

    def delete(self, name: str) -> None:
        self._call(f"delete {name}")
        self.things.pop(name, None)

    @property
    def changes(self) -> list[str]:
        """The calls that were not looks."""
        return [call for call in self.calls if not call.startswith("get ")]

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.troubles.get(what):
            raise self.troubles[what].pop(0)


class Made(Fact):
    """What a small phase leaves."""

    name: str
    serial: str = ""


def key(name: str) -> Key[Made]:
    return Key(name, Made)


class Put(Phase[Made]):
    """Puts one thing of its own name on the shelf."""

    patience: ClassVar[Patience] = Patience(deadline=60, attempts=3, poll=5, backoff=10)

    def __init__(self, name: str, needs: Iterable[str] = ()) -> None:
        self.name = name
        self.title = f"Putting {name} on the shelf"
        self.gives = key(name)
        self.needs = tuple(key(need) for need in needs)

    def check(self, given: Given, tools: Tools) -> Made | None:
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        needed = [given[need].serial for need in cast("tuple[Key[Made], ...]", self.needs)]
        tools.ports.vault.put(self.name, "-".join([*needed, self.name]))
        return None

    def verify(self, given: Given, tools: Tools) -> Made | Waiting:
        serial = tools.ports.vault.get(self.name)
        if serial is None:
            return Waiting(f"{self.name} on the shelf")
        return Made(name=self.name, serial=serial)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        tools.ports.vault.delete(self.name)
        return None


Answer = Made | Waiting | BedplateError | None
MADE = Made(name="it")


class Scripted(Phase[Made]):
    """Gives one answer of its script per call, the last one for ever; an error is raised."""

    title = "Doing as told"
    patience: ClassVar[Patience] = Patience(deadline=60, attempts=3, poll=5, backoff=10)

    def __init__(
        self,
        *,
        check: Sequence[Answer] = (None,),
        run: Sequence[Answer] = (None,),
        verify: Sequence[Answer] = (MADE,),
        undo: Sequence[Answer] = (None,),
    ) -> None:
        self.gives = key("it")
        self.calls: list[str] = []
        self._script = {
            "check": list(check),
            "run": list(run),
            "verify": list(verify),
            "undo": list(undo),
        }

    def check(self, given: Given, tools: Tools) -> Made | None:
        return cast("Made | None", self._answer("check"))

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        return cast("Waiting | None", self._answer("run"))

    def verify(self, given: Given, tools: Tools) -> Made | Waiting:
        return cast("Made | Waiting", self._answer("verify"))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        return cast("Waiting | None", self._answer("undo"))

    def _answer(self, verb: str) -> Answer:
        self.calls.append(verb)
        answers = self._script[verb]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BedplateError):
            raise answer
        return answer


class Recorder:
    """Watches a run and keeps what it is told, one line each."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.plans: list[Plan] = []

    def planned(self, plan: Plan) -> None:
        self.plans.append(plan)

    def started(self, step: Step) -> None:
        self.events.append(f"{step.name} started")

    def said(self, step: Step, text: str) -> None:
        self.events.append(f"{step.name} said {text}")

    def waiting(self, step: Step, waiting: Waiting) -> None:
        self.events.append(f"{step.name} waits on {waiting.on}")

    def kept(self, step: Step, why: str) -> None:
        self.events.append(f"{step.name} kept: {why}")

    def settled(self, step: Step, seconds: float) -> None:
        self.events.append(f"{step.name} settled in {seconds:g} s")

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        self.events.append(f"{step.name} retries after {error.code} in {seconds:g} s")

    def failed(self, step: Step, error: BedplateError) -> None:
        self.events.append(f"{step.name} failed with {error.code}")


def table(
    *rows: str, one_way: str | None = None, keep: Callable[[Tools], None] | None = None
) -> Operation:
    """Return an operation of `Put` phases; a row reads "name: steps it runs after"."""
    parts = [row.partition(":") for row in rows]
    return Operation(
        "small", [(name, Put(name), after) for name, _, after in parts], one_way=one_way, keep=keep
    )


def make_ports(shelf: Shelf, clock: FakeClock) -> Ports:
    """Return ports of which a small phase uses the clock and the vault."""
    unused = cast(Any, object())
    return Ports(
        clock=clock,
        kube={},
        bootstrap=unused,
        vcenter=unused,
        network=unused,
        host=unused,
        git=unused,
        vault=shelf,
        files=unused,
        components=unused,
        backups=unused,
        members=unused,
    )


def small_bundle(digest: str = "d1") -> ChosenBundle:
    """Return a bundle without a version in it; the small phases read nothing of it."""
    return ChosenBundle(1, "v0.26.0", digest, "here", VersionsBundle(kube_version="1.34"), {}, {})


@functools.cache
def spec_of(text: str) -> ClusterSpec:
    return load_text(text, "cluster.yaml")


def temporary(code: str = "BUSY") -> TemporaryError:
    return TemporaryError(code, "it is busy", why="others use it", remedy="wait")


def permanent(code: str = "BROKEN") -> PermanentError:
    return PermanentError(code, "it is broken", why="it fell down", remedy="mend it")
