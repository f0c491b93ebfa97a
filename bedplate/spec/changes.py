"""What differs between two specifications, and which differences no upgrade can make."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bedplate.errors import Problem
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.encode import plain
from bedplate.spec.fixed import fixed_paths, is_paused, objects_of, within
from bedplate.spec.rules.text import without_password


def changed_fields(old: ClusterSpec, new: ClusterSpec) -> tuple[str, ...]:
    """Return the dotted paths whose values differ, sorted; a whole object where one is missing."""
    before, after = _plain(old), _plain(new)
    return tuple(sorted(dict.fromkeys(_differences(before, after, ""))))


def immutable_changes(old: ClusterSpec, new: ClusterSpec) -> tuple[Problem, ...]:
    """Return the changes that an existing cluster cannot take, with their place in the new text.

    As in EKS Anywhere, an object whose reconciliation is paused may be changed freely.
    """
    before, after = _plain(old), _plain(new)
    paused = [path for path, item in objects_of(old) if is_paused(item)]
    fixed = tuple(fixed_paths(old, new))
    fields = dict.fromkeys(
        path
        for path in _differences(before, after, "")
        if any(within(path, one) for one in fixed) and not any(within(path, one) for one in paused)
    )
    return tuple(_problem(new, path, _at(before, path)) for path in fields)


def _problem(new: ClusterSpec, path: str, before: object) -> Problem:
    mark = new.origin.mark(path)
    hint = "no such field" if before is None else without_password(_shown(before))
    file = new.origin.file
    return Problem(
        file, mark.line, mark.column, path, "cannot change after create", f"{hint}, as before"
    )


def _shown(value: object) -> str:
    """Return a value as one would write it in YAML, on one line."""
    return repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(spec: ClusterSpec) -> dict[str, object]:
    return {path: plain(item) for path, item in objects_of(spec)}


def _differences(old: object, new: object, path: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            below = f"{path}.{key}" if path else str(key)
            yield from _differences(old.get(key), new.get(key), below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif old != new or type(old) is not type(new):
        yield path


def _at(objects: Mapping[str, object], path: str) -> object:
    """Return the value at a path, or None; lists are shown whole."""
    value: object = objects
    rest = path.partition("[")[0]
    while rest and isinstance(value, Mapping):
        key = next((key for key in value if within(rest, key) and len(key) <= len(rest)), None)
        if key is None:
            return None
        value, rest = value[key], rest[len(key) + 1 :]
    return value
