"""Facts and the keys they are known by: the base of what settled phases leave for later ones.

A fact is frozen, typed, versioned and plain JSON. It never holds a secret, only a reference to the
vault. A fact records what was seen when the phase settled; a later run looks again before it relies
on the state of the world, and takes only identities from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Fact(BaseModel):
    """The base of every fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")


FactType = TypeVar("FactType", bound=Fact)
FactType_co = TypeVar("FactType_co", bound=Fact, covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[FactType_co]):
    """The name a fact is stored under, its type, and the version of its shape."""

    name: str
    type: type[FactType_co]
    version: int = 1

    def parse(self, text: str) -> FactType_co:
        """Return the fact stored as JSON `text`; raises ValueError where the shape differs."""
        try:
            return self.type.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in (self.type.__name__, *first["loc"]))
            raise ValueError(f"{field}: {first['msg']}") from None


class Given:
    """The facts a phase may read: `given[CONTROL_PLANE]` has the type that the key says."""

    def __init__(self, find: Callable[[Key[Fact]], Fact]) -> None:
        self._find = find

    def __getitem__(self, key: Key[FactType]) -> FactType:
        """Return the fact of `key`; raises KeyError where no settled step gave it."""
        fact = self._find(key)
        if not isinstance(fact, key.type):
            raise KeyError(key.name)
        return fact
