"""The documents of a text as objects: kind, name, model, and the place of each field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.spec.decode import decode, unknown_fields
from bedplate.spec.findings import Finding, Mark, Trouble
from bedplate.spec.kinds import KINDS, Kind, Role
from bedplate.spec.models.common import API_GROUP, API_VERSION, Object
from bedplate.spec.nodes import Node, Scalar, Table


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One object of the text."""

    kind: Kind
    name: str
    path: str
    mark: Mark
    model: Object
    marks: dict[str, Mark]


def find_objects(
    documents: tuple[Node, ...], *, strict: bool
) -> tuple[tuple[Found, ...], tuple[Trouble, ...]]:
    """Return the objects of known kinds, and what is wrong with any document."""
    found: dict[tuple[str, str], Found] = {}
    troubles: list[Trouble] = []
    for node in documents:
        item = _read(node, troubles, strict=strict)
        if item is None:
            continue
        first = found.setdefault((item.kind.name, item.name), item)
        if first is not item:
            said = f"{item.kind.name} {item.name!r} is already written in line {first.mark.line}"
            troubles.append(Trouble(item.mark, Finding(f"{item.path}.metadata.name", said)))
    return tuple(found.values()), tuple(troubles)


def unknown_kinds(documents: tuple[Node, ...]) -> dict[str, Mark]:
    """Return kinds that look like ours and are none, with the place where each is written."""
    found: dict[str, Mark] = {}
    for node in documents:
        entry = node.get("kind") if isinstance(node, Table) else None
        if entry is None or not isinstance(node, Table):
            continue
        ours = _text(node, "apiVersion").partition("/")[0] == API_GROUP
        if ours and _text(node, "kind") not in KINDS:
            found[_text(node, "kind")] = entry.value.mark
    return found


def ignored_fields(documents: tuple[Node, ...]) -> tuple[Trouble, ...]:
    """Return the fields of children that mean nothing: most often they are mistyped."""
    troubles: list[Trouble] = []
    for node in documents:
        kind = KINDS.get(_text(node, "kind")) if isinstance(node, Table) else None
        if kind is None or kind.role is Role.CLUSTER or not isinstance(node, Table):
            continue
        troubles += unknown_fields(kind.model, node, _path(kind, _name(node)))
    return tuple(troubles)


def _path(kind: Kind, name: str) -> str:
    return f"{kind.name}/{name}" if kind.many else kind.name


def _read(node: Node, troubles: list[Trouble], *, strict: bool) -> Found | None:
    wrong = tuple(_header_troubles(node))
    troubles.extend(wrong)
    if wrong or not isinstance(node, Table):
        return None
    kind = KINDS.get(_text(node, "kind"))
    if kind is None:
        return None
    name = _name(node)
    path = _path(kind, name)
    read = decode(kind.model, node, path, strict=strict and kind.role is Role.CLUSTER)
    troubles.extend(read.troubles)
    return Found(kind, name, path, node.mark, read.model, read.marks | {path: node.mark})


def _header_troubles(node: Node) -> Iterator[Trouble]:
    if isinstance(node, Scalar) and node.value is None:
        return
    if not isinstance(node, Table):
        said = "a document must be a table of fields"
        yield Trouble(node.mark, Finding("", said, "apiVersion, kind, metadata and spec"))
        return
    kind, version = _text(node, "kind"), _text(node, "apiVersion")
    if version and not kind:
        yield Trouble(node.mark, Finding("kind", "a document without a kind", "for one Cluster"))
    elif kind and not version:
        yield Trouble(node.mark, Finding(f"{kind}.apiVersion", "is missing", API_VERSION))
    elif kind in KINDS and not _is_ours(kind, version):
        entry = node.get("apiVersion")
        mark = entry.value.mark if entry else node.mark
        said = f"{version!r} has no kind {kind}"
        yield Trouble(mark, Finding(f"{kind}.apiVersion", said, API_VERSION))


def _is_ours(kind: str, version: str) -> bool:
    # Children are read by their kind alone, in whatever version, as EKS Anywhere does.
    if KINDS[kind].role is Role.CLUSTER:
        return version == API_VERSION
    return version.partition("/")[0] == API_GROUP


def _name(node: Table) -> str:
    metadata = node.get("metadata")
    table = metadata.value if metadata else None
    return _text(table, "name") if isinstance(table, Table) else ""


def _text(table: Table, key: str) -> str:
    entry = table.get(key)
    node = entry.value if entry else None
    return node.as_text if isinstance(node, Scalar) else ""
