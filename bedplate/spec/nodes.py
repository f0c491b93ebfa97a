"""YAML text as a tree of nodes that know their place in the text.

The tree is built from parser events with a stack of our own, so neither deep nesting nor aliases
that multiply can exhaust the process: depth, number of nodes and size of the text are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import yaml

from bedplate.spec.findings import Finding, Mark, Trouble
from bedplate.spec.scalars import resolve

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 100

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


YAML_HINTS = {
    "mapping values are not allowed": "the same indentation as its neighbours, a - before a list's"
    " item, or quotes around text with a colon",
    "could not find expected ':'": "a colon after the key, here or in the line above",
    "did not find expected key": "the same indentation as its neighbours",
    "did not find expected '-'": "a - before each item, at the same indentation",
    "did not find expected ','": "a comma or the closing bracket",
    "cannot start any token": "quotes around text that begins with a special character",
    "unknown escape character": "single quotes, in which a backslash is a backslash",
}
"""What usually helps where YAML cannot be read, by a part of the parser's message."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, with the text as written."""

    mark: Mark
    text: str
    plain: bool

    @property
    def value(self) -> None | bool | int | float | str:
        """Return what the scalar stands for; a quoted one is always text."""
        return resolve(self.text) if self.plain else self.text

    @property
    def as_text(self) -> str:
        """Return the text that a text field takes: as written, but one spelling of true."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else self.text


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a table and its value."""

    key: str
    mark: Mark
    value: Node


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping, in the order written."""

    mark: Mark
    entries: tuple[Entry, ...]

    def get(self, key: str) -> Entry | None:
        """Return the entry of a key, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)


Node: TypeAlias = "Scalar | Listing | Table"


class _YamlMark(Protocol):
    """What the parsers of both kinds, in C and in Python, say of a place; counted from 0."""

    @property
    def line(self) -> int:
        """Return the line."""
        ...

    @property
    def column(self) -> int:
        """Return the column."""
        ...


class Unreadable(Exception):
    """The text is not YAML, or more of it than any specification needs."""

    def __init__(self, mark: Mark, message: str, expected: str = "") -> None:
        super().__init__(message)
        self.trouble = Trouble(mark, Finding("", message, expected))


@dataclass(slots=True)
class _Open:
    """A list or table still being read."""

    event: yaml.CollectionStartEvent
    children: list[_Weighed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A node with what it costs when its aliases are written out."""

    node: Node
    size: int = 1
    depth: int = 1


def parse(text: str) -> tuple[tuple[Node, ...], tuple[Trouble, ...]]:
    """Return the documents of a text, and what is wrong inside them (keys written twice).

    Raises:
        Unreadable: the text is not YAML or exceeds a bound.
    """
    size = len(_encoded(text))
    if size > MAX_BYTES:
        raise Unreadable(Mark(), "the file is too large", f"at most {MAX_BYTES} bytes")
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise Unreadable(*_explain(error, text)) from error
    return tuple(builder.documents), tuple(builder.troubles)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        mark = _mark_at(text, error.start)
        raise Unreadable(mark, "this character cannot be written as UTF-8") from error


def _explain(error: yaml.YAMLError, text: str) -> tuple[Mark, str, str]:
    if not isinstance(error, yaml.MarkedYAMLError):
        position = getattr(error, "position", 0)
        said = "not YAML: a control character or an unreadable byte"
        return _mark_at(text, position), said, "plain text in UTF-8"
    mark = error.problem_mark or error.context_mark
    problem = f"{error.context or ''} {error.problem or ''}".strip()
    if "quoted scalar" in problem and "escape" not in problem:
        opened = error.context_mark or mark
        return _mark(opened), "not YAML: the quote that begins here does not end", "a closing quote"
    place = _mark(mark)
    if _has_tab_before(text, place):
        return place, "not YAML: a tab is used to indent", "spaces only"
    hint = next((hint for part, hint in YAML_HINTS.items() if part in problem), "")
    return place, f"not YAML: {problem}", hint


def _has_tab_before(text: str, mark: Mark) -> bool:
    lines = text.splitlines()[mark.line - 1 : mark.line]
    return any("\t" in line[: len(line) - len(line.lstrip())] for line in lines)


def _mark(mark: _YamlMark | None) -> Mark:
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark()


def _mark_at(text: str, position: int) -> Mark:
    before = text[:position]
    return Mark(before.count("\n") + 1, position - before.rfind("\n"))


class _Builder:
    """Takes parser events one by one and leaves documents and troubles."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self.troubles: list[Trouble] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Weighed] = {}

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._alias(event), None)
        elif isinstance(event, yaml.ScalarEvent):
            self._add(_Weighed(_scalar(event)), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._stack.pop()
            self._add(self._close(closed), closed.event.anchor)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise Unreadable(_mark(event.start_mark), "nested too deep", f"{MAX_DEPTH} levels")
        self._stack.append(_Open(event))

    def _alias(self, event: yaml.AliasEvent) -> _Weighed:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            raise Unreadable(_mark(event.start_mark), f"no anchor named {event.anchor!r} before")
        return found

    def _add(self, weighed: _Weighed, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = weighed
        if self._stack:
            self._stack[-1].children.append(weighed)
        else:
            self.documents.append(weighed.node)

    def _close(self, opened: _Open) -> _Weighed:
        mark = _mark(opened.event.start_mark)
        nodes = [child.node for child in opened.children]
        size = 1 + sum(child.size for child in opened.children)
        depth = 1 + max((child.depth for child in opened.children), default=0)
        if size > MAX_NODES or depth > MAX_DEPTH:
            raise Unreadable(mark, "aliases make this document too large", f"{MAX_NODES} values")
        if isinstance(opened.event, yaml.SequenceStartEvent):
            return _Weighed(Listing(mark, tuple(nodes)), size, depth)
        return _Weighed(Table(mark, tuple(self._entries(nodes))), size, depth)

    def _entries(self, nodes: list[Node]) -> Iterator[Entry]:
        written: dict[str, Mark] = {}
        merged: list[Node] = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                hint = "quotes around text with a { or [, or the output of a template"
                self._complain(key.mark, "", "a key must be text, not a list or a table", hint)
            elif key.plain and key.text == "<<":
                merged.append(value)
            elif key.text in written:
                first = written[key.text]
                said = f"the key is already written in line {first.line}"
                self._complain(key.mark, key.text, said, "one of the two")
            else:
                written[key.text] = key.mark
                yield Entry(key.text, key.mark, value)
        yield from _merge(merged, set(written))

    def _complain(self, mark: Mark, name: str, message: str, expected: str = "") -> None:
        self.troubles.append(Trouble(mark, Finding(name, message, expected)))


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    plain = event.style in (None, "") and event.tag not in _STRING_TAGS
    return Scalar(_mark(event.start_mark), event.value, plain)


def _merge(values: list[Node], taken: set[str]) -> Iterator[Entry]:
    """Yield what `<<` brings in: keys written in the table itself win, then the first source."""
    for value in values:
        sources = value.items if isinstance(value, Listing) else (value,)
        for source in sources:
            entries = source.entries if isinstance(source, Table) else ()
            for entry in entries:
                if entry.key not in taken:
                    taken.add(entry.key)
                    yield entry
