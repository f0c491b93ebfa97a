"""An immutable mapping, and free JSON kept immutable: what the models hold instead of dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias, TypeVar

V = TypeVar("V", covariant=True)


class FrozenMap(Mapping[str, V]):
    """A mapping that cannot change, compares by content and can be hashed."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V] | None = None) -> None:
        self._items: dict[str, V] = dict(items or {})

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._items!r})"


Json: TypeAlias = "None | bool | int | float | str | tuple[Json, ...] | FrozenMap[Json]"


class FreeObject(FrozenMap["Json"]):
    """A JSON object whose fields the API leaves open, such as Helm values."""

    __slots__ = ()


def thaw(value: object) -> object:
    """Return plain lists and dicts in place of tuples and frozen maps."""
    if isinstance(value, FrozenMap):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    return value
