"""What is known of an operation's steps: seen just now, recorded, or found by a look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

from bedplate.engine.change import SETTLED
from bedplate.engine.journal import StepRecord
from bedplate.engine.operation import Operation, Step
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Fact, Given, Key

log = structlog.stdlib.get_logger("bedplate")

Check = Callable[[Step, Given], Fact | None]
Records = Callable[[], Mapping[str, StepRecord]]


class FactMissing(KeyError):
    """A fact was never recorded, and the world does not show it either."""

    def as_error(self, giver: str, run_id: str) -> PermanentError:
        """Return the error for a step that cannot do without it."""
        return PermanentError(
            "FACT_MISSING",
            f"what {giver} left is neither recorded nor to be seen",
            why=f"this step needs it ({self.args[0]}), and the steps between are settled",
            remedy=f"abort run {run_id}, or bring back what {self.args[0]} describes",
            owner=Owner.PLATFORM,
        )


class Sight:
    """The facts of one run; threads may share it.

    `check` looks at the world for one step, as patiently as its owner likes.
    """

    def __init__(self, operation: Operation, records: Records, check: Check) -> None:
        self._operation = operation
        self._records = records
        self._check = check
        self._seen: dict[str, Fact] = {}
        self._lock = threading.Lock()

    def look(self, step: Step) -> Fact | None:
        """Look at the world; None where the step is not settled."""
        try:
            return self.remember(step, self._check(step, Given(self.find)))
        except FactMissing:
            return None  # what it needs does not exist: nothing can be settled yet

    def find(self, key: Key[Fact]) -> Fact:
        """Return the fact seen last, else recorded, else from a look; raises FactMissing."""
        step = self._operation.giver(key)
        fact = self._seen.get(step.name) or self._recorded(step, key) or self.look(step)
        if fact is None:
            raise FactMissing(key.name)
        return fact

    def seen(self, step: str) -> Fact | None:
        """Return a step's fact if it was seen already."""
        return self._seen.get(step)

    def remember(self, step: Step, fact: Fact | None) -> Fact | None:
        """Keep a fact, and return it."""
        if fact is not None:
            with self._lock:
                self._seen[step.name] = fact
        return fact

    def _recorded(self, step: Step, key: Key[Fact]) -> Fact | None:
        record = self._records().get(step.name)
        if record is None or record.fact is None or record.state not in SETTLED:
            return None
        if (record.fact_key, record.fact_version) != (key.name, key.version):
            return None
        try:
            return self.remember(step, key.parse(record.fact))
        except ValueError as error:
            # Another version of the program wrote it, or a person: the world knows better.
            log.warning("recorded fact cannot be read", step=step.name, why=str(error))
            return None
