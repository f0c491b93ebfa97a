"""YAML nodes to models, the way EKS Anywhere's Go types read them.

As there, any number or truth value is accepted where text is wanted, and stays the text written
(so `kubernetesVersion: 1.30` is "1.30"); keys match whatever their case; null means not set.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from bedplate.spec.findings import Finding, Mark, Trouble
from bedplate.spec.frozen import FreeObject, FrozenMap, Json
from bedplate.spec.names import near, spelled
from bedplate.spec.nodes import Entry, Listing, Node, Scalar, Table

T = TypeVar("T")

INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of a model: its attribute, the API's name for it and its type."""

    attribute: str
    name: str
    hint: object


def slots_of(model: type[object]) -> tuple[Slot, ...]:
    """Return the fields of a dataclass, in order."""
    return _slots(typing.cast("Hashable", model))


@cache
def _slots(model: Hashable) -> tuple[Slot, ...]:
    hints = typing.get_type_hints(model)
    if not dataclasses.is_dataclass(model):
        return ()
    names = [item.name for item in dataclasses.fields(model)]
    return tuple(Slot(name, spelled(name), hints[name]) for name in names)


@dataclass(slots=True)
class Decoder:
    """Reads one object; leaves where each field was written and what is wrong with it.

    A field that cannot be read keeps its default, so that the rest is still checked.
    """

    strict: bool
    troubles: list[Trouble] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)

    def read(self, make: Callable[..., T], model: type[object], node: Table, path: str) -> T:
        """Return the model that a table describes."""
        return make(**self._fields(model, node, path))

    def _fields(self, model: type[object], table: Table, path: str) -> dict[str, object]:
        slots = {slot.name: slot for slot in slots_of(model)}
        folded = {name.casefold(): slot for name, slot in slots.items()}
        ignored: frozenset[str] = getattr(model, "IGNORED", frozenset())
        values: dict[str, object] = {}
        for entry in table.entries:
            slot = slots.get(entry.key) or folded.get(entry.key.casefold())
            if slot is None:
                if self.strict and entry.key not in ignored:
                    self._unknown(entry, path, slots)
            elif slot.attribute in values:
                self._complain(entry.mark, f"{path}.{slot.name}", "the field is written twice")
            else:
                self._field(slot, entry, f"{path}.{slot.name}", values)
        return values

    def _field(self, slot: Slot, entry: Entry, path: str, values: dict[str, object]) -> None:
        self.marks[path] = entry.value.mark if isinstance(entry.value, Scalar) else entry.mark
        value = self._value(slot.hint, entry.value, path)
        if value is not None:
            values[slot.attribute] = value

    def _value(self, hint: object, node: Node, path: str) -> object:
        """Return the value that a type makes of a node, or None where nothing is set."""
        if isinstance(node, Scalar) and node.value is None:
            return None
        choices = [choice for choice in _choices(hint) if choice is not types.NoneType]
        if choices == [int, str]:
            return self._int_or_text(node, path)
        kind = choices[0]
        origin = typing.get_origin(kind) or kind
        if origin is tuple:
            return self._list(typing.get_args(kind)[0], node, path)
        if origin is FreeObject:
            return self._free_object(node, path)
        if origin is FrozenMap:
            return self._map(typing.get_args(kind)[0], node, path)
        return self._single(kind, node, path)

    def _single(self, kind: object, node: Node, path: str) -> object:
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            return self._object(kind, node, path)
        if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
            return self._choice(kind, node, path)
        readers = {bool: self._bool, int: self._int, str: self._text}
        return readers[typing.cast("type", kind)](node, path)

    def _object(self, model: Callable[..., object], node: Node, path: str) -> object:
        if not isinstance(node, Table):
            self._wrong(node, path, "a table of fields")
            return None
        return self.read(model, typing.cast("type", model), node, path)

    def _list(self, hint: object, node: Node, path: str) -> tuple[object, ...] | None:
        if not isinstance(node, Listing):
            self._wrong(node, path, "a list")
            return None
        return tuple(
            self._item(hint, item, f"{path}[{index}]") for index, item in enumerate(node.items)
        )

    def _item(self, hint: object, node: Node, path: str) -> object:
        self.marks[path] = node.mark
        value = self._value(hint, node, path)
        if value is not None:
            return value
        if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
            return next(iter(hint))
        return typing.cast("type[object]", hint)()

    def _map(self, hint: object, node: Node, path: str) -> FrozenMap[object] | None:
        if not isinstance(node, Table):
            self._wrong(node, path, "a table")
            return None
        return FrozenMap(
            {
                entry.key: self._item(hint, entry.value, f"{path}.{entry.key}")
                if hint is str
                else self._value(hint, entry.value, f"{path}.{entry.key}") or ()
                for entry in node.entries
            }
        )

    def _free_object(self, node: Node, path: str) -> FreeObject | None:
        if not isinstance(node, Table):
            self._wrong(node, path, "a table")
            return None
        return FreeObject(_free_items(node))

    def _text(self, node: Node, path: str) -> str | None:
        if not isinstance(node, Scalar):
            self._wrong(node, path, "text")
            return None
        return node.as_text

    def _int(self, node: Node, path: str) -> int | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value not in INT64:
            self._wrong(node, path, "a whole number")
            return None
        return value

    def _bool(self, node: Node, path: str) -> bool | None:
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, bool):
            self._wrong(node, path, "true or false")
            return None
        return value

    def _int_or_text(self, node: Node, path: str) -> int | str | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | str):
            self._wrong(node, path, "a whole number or a percentage such as 40%")
            return None
        return value

    def _choice(self, kind: type[enum.StrEnum], node: Node, path: str) -> enum.StrEnum | None:
        text = self._text(node, path)
        if not text:
            return None
        if text not in {member.value for member in kind}:
            allowed = "one of " + ", ".join(member.value for member in kind)
            self._complain(node.mark, path, f"{text!r} is not supported", allowed)
            return None
        return kind(text)

    def _wrong(self, node: Node, path: str, wanted: str) -> None:
        self._complain(node.mark, path, f"{_describe(node)} is written here", wanted)

    def _unknown(self, entry: Entry, path: str, known: Mapping[str, Slot]) -> None:
        hint = "known are " + ", ".join(sorted(known)) if known else "no fields"
        self._complain(
            entry.mark, f"{path}.{entry.key}", "unknown field", near(entry.key, known) or hint
        )

    def _complain(self, mark: Mark, path: str, message: str, expected: str = "") -> None:
        self.troubles.append(Trouble(mark, Finding(path, message, expected)))


def _choices(hint: object) -> tuple[object, ...]:
    """Return the members of a union, or the type itself."""
    origin = typing.get_origin(hint)
    return typing.get_args(hint) if origin in (types.UnionType, typing.Union) else (hint,)


def _describe(node: Node) -> str:
    if isinstance(node, Listing):
        return "a list"
    if isinstance(node, Table):
        return "a table"
    shown = node.text if len(node.text) <= 40 else node.text[:37] + "..."
    return f"the text {shown!r}" if isinstance(node.value, str) else repr(shown)


def free(node: Node) -> Json:
    """Return free JSON as written, with values that cannot change."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Listing):
        return tuple(free(item) for item in node.items)
    return FreeObject(_free_items(node))


def _free_items(table: Table) -> dict[str, Json]:
    return {entry.key: free(entry.value) for entry in table.entries}
