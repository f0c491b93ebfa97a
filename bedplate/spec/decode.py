"""YAML nodes to models: keys match whatever their case, and null means not set.

A walk over the nodes gives fields the API's names and finds those that no model has. Pydantic
reads the values; what it refuses is put back to its place in the text.
"""

from __future__ import annotations

import itertools
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, TypeAlias, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bedplate.spec.findings import Finding, Mark, Trouble, around, nearest
from bedplate.spec.models.model import Model
from bedplate.spec.names import near, spelled
from bedplate.spec.nodes import Entry, Listing, Node, Scalar, Table

M = TypeVar("M", bound=Model)

Tree: TypeAlias = "Scalar | list[Tree] | dict[str, Tree] | None"
"""What pydantic reads: a scalar keeps the text written, and null is None."""

WANTED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "greater_than_equal": "a whole number",
    "int_type": "a whole number",
    "less_than": "a whole number",
    "model_type": "a table of fields",
    "string_type": "text",
    "tuple_type": "a list",
    "whole_or_text": "a whole number or a percentage such as 40%",
}
"""What pydantic's errors mean to the author of a file."""


@dataclass(frozen=True, slots=True)
class Decoded(Generic[M]):
    """A model, where each of its fields was written, and what is wrong with them."""

    model: M
    marks: dict[str, Mark]
    troubles: list[Trouble]


def decode(model: type[M], table: Table, path: str, *, strict: bool) -> Decoded[M]:
    """Read the model that a table describes; a strict reading finds unknown fields.

    A field that cannot be read keeps its default, so that the rest is still checked.
    """
    walk = _Walk(strict)
    tree = walk.fields(table, model, path)
    try:
        return Decoded(model.model_validate(tree), walk.marks, walk.troubles)
    except ValidationError as error:
        refused = [_refused(tree, path, item) for item in error.errors(include_url=False)]
    wrong = {finding.field for finding in refused}
    troubles = [item for item in walk.troubles if wrong.isdisjoint(_above(item.finding.field))]
    troubles += [Trouble(nearest(walk.marks, item.field), item) for item in refused]
    return Decoded(model.model_validate(tree), walk.marks, troubles)


def unknown_fields(model: type[Model], table: Table, path: str) -> list[Trouble]:
    """Return the fields that a lenient reading ignores, since no model has them."""
    walk = _Walk(strict=True)
    walk.fields(table, model, path)
    return walk.troubles


def plain_tree(node: Node) -> Tree:
    """Return what no model describes: its keys are the author's own."""
    if isinstance(node, Scalar):
        return None if node.value is None else node
    if isinstance(node, Listing):
        return [plain_tree(item) for item in node.items]
    return {entry.key: plain_tree(entry.value) for entry in node.entries}


@cache
def _slots(model: type[Model]) -> dict[str, tuple[str, type[Model] | None]]:
    """Return by its name in lower case each field's name, and the model of what it holds."""
    hints = {spelled(name): item.annotation for name, item in model.model_fields.items()}
    return {name.casefold(): (name, _model_in(hint)) for name, hint in hints.items()}


def _model_in(hint: object) -> type[Model] | None:
    if isinstance(hint, type) and issubclass(hint, Model):
        return hint
    return next(filter(None, map(_model_in, typing.get_args(hint))), None)


def _meant(entry: Entry, slots: dict[str, tuple[str, type[Model] | None]]) -> str:
    """Return which field was probably meant, or which there are."""
    name = entry.key.casefold()
    for other, below in slots.values():
        if below is not None and name in _slots(below):
            return f"a field of {other}: indent it below that"
    names = sorted(name for name, _below in slots.values())
    known = f"known are {', '.join(names)}" if names else "no fields"
    return near(entry.key, names) or known


@dataclass(slots=True)
class _Walk:
    """Leaves where each field was written, and the fields that no model has."""

    strict: bool
    marks: dict[str, Mark] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    def fields(self, table: Table, model: type[Model], path: str) -> dict[str, Tree]:
        """Return a table's fields under the API's names."""
        slots = _slots(model)
        fields: dict[str, Tree] = {}
        for entry in table.entries:
            name, below = slots.get(entry.key.casefold(), ("", None))
            if name in fields:
                self._complain(entry, f"{path}.{name}", "the field is written twice")
            elif name:
                fields[name] = self._value(below, entry.value, f"{path}.{name}", entry.mark)
            elif self.strict and entry.key not in model.IGNORED:
                self._complain(entry, f"{path}.{entry.key}", "unknown field", _meant(entry, slots))
        return fields

    def _value(self, model: type[Model] | None, node: Node, path: str, key: Mark) -> Tree:
        """Return a value; a list or table that has a key is where its key is."""
        self.marks[path] = node.mark if isinstance(node, Scalar) else key
        if isinstance(node, Listing):
            items = enumerate(node.items)
            return [self._value(model, item, f"{path}[{i}]", item.mark) for i, item in items]
        if isinstance(node, Table) and model:
            return self.fields(node, model, path)
        if isinstance(node, Table):
            for entry in node.entries:
                scalar = isinstance(entry.value, Scalar)
                self.marks[f"{path}.{entry.key}"] = entry.value.mark if scalar else entry.mark
        return plain_tree(node)

    def _complain(self, entry: Entry, path: str, message: str, expected: str = "") -> None:
        self.troubles.append(Trouble(entry.mark, Finding(path, message, expected)))


def _refused(tree: Tree, path: str, error: ErrorDetails) -> Finding:
    """Put null in the place of a value that pydantic refused, and say what is wrong with it."""
    *above, last = error["loc"]
    holder = typing.cast("dict[int | str, Tree]", tree)
    for step in above:
        holder = typing.cast("dict[int | str, Tree]", holder[step])
    value, holder[last] = holder[last], None
    said, wanted = f"{_describe(value)} is written here", WANTED.get(error["type"], error["msg"])
    if error["type"] == "enum":
        wanted = str(error["ctx"]["expected"])
        said = f"{value.as_text!r} is not supported" if isinstance(value, Scalar) else said
    if error["type"] == "int_type" and isinstance(value, Scalar) and value.text.isdecimal():
        wanted += " without quotes"
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]]
    return Finding("".join([path, *steps]), said, wanted)


def _describe(value: Tree) -> str:
    if not isinstance(value, Scalar):
        return "a list" if isinstance(value, list) else "a table"
    shown = value.text if len(value.text) <= 40 else value.text[:37] + "..."
    return f"the text {shown!r}" if isinstance(value.value, str) else repr(shown)


def _above(path: str) -> Iterable[str]:
    """Yield the fields that a field is part of."""
    return itertools.islice(around(path), 1, None)
