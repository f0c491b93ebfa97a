"""An operation: a table of steps, checked when it is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bedplate.engine.phase import Phase
from bedplate.fact import Fact, Key
from bedplate.ports.tools import Tools

Row = tuple[str, Phase[Fact], str]


_Near = Callable[["Step"], Iterable[str]]


class BadTable(ValueError):
    """An operation's table contradicts itself; raised at import."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of an operation: a name, its phase, and the steps it runs after."""

    number: int
    name: str
    phase: Phase[Fact]
    after: frozenset[str]

    @property
    def label(self) -> str:
        """The name with two digits before it, so that lists sort as the table does."""
        return f"{self.number:02d} {self.name}"


class Operation:
    """A table of steps in an order that respects what each runs after.

    `verb` is the word that people type for it, the name where they are the same. `one_way` names
    the step after which there is no way back (the pivot), if there is one. `keep` saves, while
    steps wait and when they settle, what a lost bootstrap cluster would take with it. `prepare` is
    called whenever a run begins or goes on, before anything is looked at; what fails for a while
    there is left to the steps. `always` names a step that is taken back whenever a run ends before
    its last step (a pause). `waits_for` names the operations whose unfinished runs have to end
    first. `takes_over` names the operations whose unfinished runs this one ends; they in turn are
    refused while it is unfinished. What `makes` a cluster leaves a finished one as it is. `settled`
    says in words how a cluster is then, `{cluster}` is its name.
    Raises BadTable for an unknown or repeated step, a cycle, or a fact that no earlier step gives.
    """

    def __init__(
        self,
        name: str,
        steps: Sequence[Row],
        one_way: str | None = None,
        keep: Callable[[Tools], None] | None = None,
        prepare: Callable[[Tools], None] | None = None,
        takes_over: frozenset[str] = frozenset(),
        always: str | None = None,
        waits_for: frozenset[str] = frozenset(),
        settled: str = "{cluster} is as the specification says",
        verb: str = "",
        *,
        makes: bool = False,
    ) -> None:
        self.name = name
        self.verb = verb or name
        self.makes = makes
        self.one_way = one_way
        self.keep = keep
        self.prepare = prepare
        self.takes_over = takes_over
        self.settled = settled
        self.always = always
        self.waits_for = waits_for
        self.steps = tuple(
            Step(number, step, phase, frozenset(after.split()))
            for number, (step, phase, after) in enumerate(steps, start=1)
        )
        self._check_names()
        self._check_facts()

    def _check_names(self) -> None:
        seen: set[str] = set()
        names = {step.name for step in self.steps}
        for step in self.steps:
            if step.name in seen:
                raise BadTable(f"{self.name}: step {step.name!r} stands twice")
            for before in sorted(step.after - seen):
                problem = "stands later: a cycle" if before in names else "is no step"
                raise BadTable(f"{self.name}: {step.name!r} runs after {before!r}, which {problem}")
            seen.add(step.name)
        for word, step_name in (("one_way", self.one_way), ("always", self.always)):
            if step_name is not None and step_name not in names:
                raise BadTable(f"{self.name}: {word} names {step_name!r}, which is no step")

    def _check_facts(self) -> None:
        keys = [step.phase.gives.name for step in self.steps]
        if len(keys) != len(set(keys)):
            raise BadTable(f"{self.name}: two steps give the same fact")
        for step in self.steps:
            given = {self[before].phase.gives for before in self.before(step.name)}
            for key in step.phase.needs:
                if key not in given:
                    raise BadTable(f"{self.name}: no step before {step.name!r} gives {key.name!r}")

    @cached_property
    def _by_name(self) -> dict[str, Step]:
        return {step.name: step for step in self.steps}

    def __getitem__(self, name: str) -> Step:
        """Return a step by its name; raises KeyError."""
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def giver(self, key: Key[Fact]) -> Step:
        """Return the step that gives a fact; raises KeyError."""
        for step in self.steps:
            if step.phase.gives == key:
                return step
        raise KeyError(key.name)

    def followers(self, name: str) -> tuple[Step, ...]:
        """Return the steps that run directly after one."""
        return tuple(step for step in self.steps if name in step.after)

    def before(self, name: str) -> frozenset[str]:
        """Return every step that comes before one, near or far."""
        return self._closure(name, lambda step: step.after)

    def behind(self, name: str) -> frozenset[str]:
        """Return every step that comes after one, near or far."""
        return self._closure(name, lambda step: {other.name for other in self.followers(step.name)})

    def _closure(self, name: str, near: _Near) -> frozenset[str]:
        found: set[str] = set()
        todo = set(near(self[name]))
        while todo:
            found.update(todo)
            todo = {far for one in todo for far in near(self[one])} - found
        return frozenset(found)

    def waves(self) -> tuple[tuple[Step, ...], ...]:
        """Return the steps in groups: each group needs only the groups before it."""
        depth: dict[str, int] = {}
        for step in self.steps:
            depth[step.name] = 1 + max((depth[before] for before in step.after), default=-1)
        return tuple(
            tuple(step for step in self.steps if depth[step.name] == wave)
            for wave in range(max(depth.values(), default=-1) + 1)
        )
