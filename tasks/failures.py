"""Failures in words that Prefect may store: one line, with the remedy, without a secret."""

from __future__ import annotations

from types import TracebackType

from bedplate.adapters.redaction import KNOWN
from bedplate.engine.operation import Step
from bedplate.errors import BedplateError


def failure_line(error: BedplateError, where: str = "") -> str:
    """Return `where: CODE: seen — remedy`, as state messages show it."""
    place = f"{where}: " if where else ""
    return KNOWN.redact(f"{place}{error.with_remedy()}")


class StepFailed(Exception):
    """An attempt at a step failed; `error` says everything, the text is fit to be stored.

    `again` says whether there is another attempt.
    """

    def __init__(self, step: Step, error: BedplateError, *, again: bool) -> None:
        super().__init__(failure_line(error, step.name))
        self.step = step
        self.error = error
        self.again = again


class Unexplained(Exception):
    """Something failed that nobody expected, and its text held a secret, which is hidden here."""


class HidingSecrets:
    """Prefect stores the text of what is raised: inside this, it is raised without secrets."""

    def __enter__(self) -> None:
        """Nothing is to be done yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, Exception):
            return
        text = f"{type(error).__name__}: {error}"
        if KNOWN.redact(text) != text:
            raise Unexplained(KNOWN.redact(text)) from None
