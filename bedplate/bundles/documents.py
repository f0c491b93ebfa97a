"""Published manifests as plain data: read once, so that what is verified is what is used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

import yaml
from pydantic import ValidationError

from bedplate.bundles.artifacts import Document
from bedplate.errors import Owner, PermanentError

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
Table: TypeAlias = "dict[str, Json]"
Model = TypeVar("Model", bound=Document)

MAX_BYTES = 32 * 1024 * 1024
"""A bundle of seven Kubernetes versions has about two million bytes."""

MAX_DEPTH = 50
SHOWN = 5
"""Problems of one manifest that are told; the first explains the rest."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_BROKEN = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Written:
    """A manifest as it was read: where, its bytes and its data."""

    uri: str
    content: bytes = field(repr=False)
    data: Table = field(repr=False)
    _root: yaml.Node = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def place(self, path: Sequence[str | int]) -> str:
        """Return `uri:line:column` of a field, or of the nearest one above it that is written."""
        node = self._root
        for key in path:
            below = _child(node, key)
            if below is None:
                break
            node = below
        return _place(self.uri, node.start_mark)


def read(content: bytes, uri: str) -> Written:
    """Return the manifest that bytes hold.

    Raises:
        PermanentError: MANIFEST_UNREADABLE with the place.
    """
    if len(content) > MAX_BYTES:
        raise _unreadable(f"{uri} holds {len(content)} bytes, more than {MAX_BYTES}")
    try:
        text = content.decode("utf-8-sig")
        _check_depth(text, uri)
        root = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise _unreadable(f"{uri}: byte {error.start} is not UTF-8") from error
    except yaml.YAMLError as error:
        raise _unreadable(_explained(uri, error)) from error
    data = _Reader(uri).value(root) if root is not None else None
    if root is None or not isinstance(data, dict):
        raise _unreadable(f"{uri} is no YAML mapping")
    return Written(uri, content, data, root)


def check_kind(written: Written, api: str, kind: str) -> None:
    """Raise PermanentError MANIFEST_KIND unless a manifest is of this API version and kind."""
    found = (written.data.get("apiVersion"), written.data.get("kind"))
    if found != (api, kind):
        named = " ".join(str(part) for part in found if part) or "nothing of the API"
        raise PermanentError(
            "MANIFEST_KIND",
            f"{written.uri} is {named}, not {kind} of {api}",
            why="only this kind says what is looked for here",
            remedy="check the address: it may lead to another manifest or to a web page",
            owner=Owner.PLATFORM,
        )


def as_model(written: Written, model: type[Model]) -> Model:
    """Return the manifest as a model; raises PermanentError MANIFEST_INVALID with every place."""
    try:
        return model.model_validate(written.data)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = [
            f"{written.place(one['loc'])}: {_dotted(one['loc'])}: {one['msg']}" for one in problems
        ]
        more = [f"and {len(lines) - SHOWN} problems more"] if len(lines) > SHOWN else []
        raise PermanentError(
            "MANIFEST_INVALID",
            "\n".join([*lines[:SHOWN], *more]),
            why="the manifest does not say what its API asks for",
            remedy="use a manifest as it was published; correct these lines where it is your own",
            owner=Owner.PLATFORM,
        ) from error


class _YamlMark(Protocol):
    """What the parsers of both kinds, in C and in Python, say of a place; counted from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


def _check_depth(text: str, uri: str) -> None:
    """Look at depth before nodes are composed: the parser's C code recurses without a limit."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            place = _place(uri, event.start_mark) if event.start_mark else uri
            raise _unreadable(f"{place}: nested deeper than {MAX_DEPTH} levels")


class _Reader:
    """Turns the nodes of one manifest into data.

    Of a key that is written twice the last one counts, as for EKS Anywhere.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._seen: set[int] = set()

    def value(self, node: yaml.Node) -> Json:
        if isinstance(node, yaml.ScalarNode):
            plain = not node.style and node.tag != _TEXT
            return _plain(node.value) if plain else str(node.value)
        if id(node) in self._seen:
            raise self._wrong(node, "an alias: write the part out")
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        return self._table(node)

    def _table(self, node: yaml.Node) -> Table:
        table: Table = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._wrong(key, "a key that is no text")
            table[str(key.value)] = self.value(value)
        return table

    def _wrong(self, node: yaml.Node, what: str) -> PermanentError:
        return _unreadable(f"{_place(self._uri, node.start_mark)}: {what}")


def _plain(text: str) -> None | bool | int | float | str:
    """Return what an unquoted scalar stands for; times and the like stay text, as in JSON."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _BROKEN.fullmatch(text) else text


def _child(node: yaml.Node, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in reversed(node.value) if name.value == key), None)
    return None


def _dotted(path: Sequence[str | int]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".") or "the manifest"


def _place(uri: str, mark: _YamlMark) -> str:
    return f"{uri}:{mark.line + 1}:{mark.column + 1}"


def _explained(uri: str, error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        return f"{_place(uri, mark) if mark else uri}: not YAML: {said}"
    return f"{uri}: not YAML: a character that no YAML text may hold"


def _unreadable(seen: str) -> PermanentError:
    return PermanentError(
        "MANIFEST_UNREADABLE",
        seen,
        why="a manifest is one YAML document",
        remedy="check the address, and what answers there: a proxy may send its own page",
        owner=Owner.PLATFORM,
    )
