"""One row of the table of rules: a kind, how it is filled in, and what is asked of it then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bedplate.spec.findings import Findings, each
from bedplate.spec.models.common import Object

M = TypeVar("M", bound=Object)


@dataclass(frozen=True, slots=True)
class Row(Generic[M]):
    """The rules about one kind; `fill` gives the model its defaults before they are asked."""

    kind: type[M]
    rules: tuple[Callable[[M], Findings], ...]
    fill: Callable[[M], M] | None = None

    def check(self, model: object, path: str) -> Findings:
        """Yield what the rules find in a model; nothing in one of another kind."""
        if isinstance(model, self.kind):
            yield from each(self.rules, self.fill(model) if self.fill else model, path)
