"""The contract of a phase: the code of one step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic

from bedplate.bundles import ChosenBundle
from bedplate.fact import Fact, FactType_co, Given, Key
from bedplate.ports.kube import JSON
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still missing, in words for people, with the evidence last seen.

    `on` is logged when it changes and ends up in the deadline's message, so it says how far things
    are: "2 of 3 control-plane machines have a node".
    """

    on: str
    evidence: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one attempt may take, how many there are, how often to look; in site seconds.

    `attempts` is how many may end at their deadline, and how often a look that fails is made;
    `tries` is how many attempts there are where something else failed, such as an API server that
    starts again: with the pauses between them they last for five minutes. `poll` is the longest
    pause between two looks: the first after a change is shorter.
    """

    deadline: float
    attempts: int = 3
    tries: int = 6
    poll: float = 5.0
    backoff: float = 10.0


class Phase(ABC, Generic[FactType_co]):
    """One step's life: look, ask for the change, look until it is there; and take it back.

    `title` is the line people read when the step begins. `needs` and `gives` are checked against
    the operation's table at import. What a `final` phase did stays: a run that began it goes on.
    """

    title: str
    gives: Key[FactType_co]
    needs: tuple[Key[Fact], ...] = ()
    patience: ClassVar[Patience] = Patience(deadline=600)
    final: ClassVar[bool] = False

    @abstractmethod
    def check(self, given: Given, tools: Tools) -> FactType_co | None:
        """Look at the world. The fact, if the work is already done. Changes nothing."""

    @abstractmethod
    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Ask for the change. Safe to repeat after a crash at any line.

        A phase of several stages returns `Waiting` to be called again later.
        """

    @abstractmethod
    def verify(self, given: Given, tools: Tools) -> FactType_co | Waiting:
        """Look once: the fact, or what is still missing. Never sleeps, changes nothing."""

    @abstractmethod
    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove what run made. Succeeds when nothing is there; `Waiting` to be called again."""

    def skip(self, spec: ClusterSpec) -> str | None:
        """Return why the specification asks for none of this phase's work, None where it does."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> object:
        """Return the part of specification and bundle this phase depends on, as plain JSON.

        Its digest is the step's fingerprint: where it changed since the step settled, the step is
        opened again. Without a word of its own a phase depends on all of both.
        """
        return [*spec.documents(), bundle.digest]
