"""An immutable mapping, and free JSON kept immutable: what the models hold instead of dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bedplate.spec.nodes import Scalar

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

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        (value,) = get_args(source)
        items = core_schema.dict_schema(values_schema=handler.generate_schema(value))
        return _thawed_when_written(core_schema.no_info_after_validator_function(cls, items))


Json: TypeAlias = "None | bool | int | float | str | tuple[Json, ...] | FrozenMap[Json]"


class FreeObject(FrozenMap["Json"]):
    """A JSON object whose fields the API leaves open, such as Helm values."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        table = core_schema.dict_schema()
        return _thawed_when_written(core_schema.no_info_after_validator_function(freeze, table))


def freeze(value: object) -> Json:
    """Return free JSON with values that cannot change."""
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Mapping):
        return FreeObject({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise PydanticCustomError("json", "neither JSON nor a YAML value")


def thaw(value: object) -> object:
    """Return plain lists and dicts in place of tuples and frozen maps."""
    if isinstance(value, FrozenMap):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    return value


def _thawed_when_written(schema: CoreSchema) -> CoreSchema:
    serialization = core_schema.plain_serializer_function_ser_schema(thaw)
    return {**schema, "serialization": serialization}
