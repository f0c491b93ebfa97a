"""Server-side apply: who owns which field, and what becomes of fields that are no longer applied.

Maps are merged and lists replaced, but for owner references (by uid) and finalizers (a set). One
simplification: a manager always has its way, as with `--force-conflicts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bedplate.simulation.fields import Anything, Obj, plain

FieldPath = tuple[str, ...]

# The parts of an object that say which object it is, and what the server alone writes.
IDENTITY: frozenset[FieldPath] = frozenset(
    {
        ("apiVersion",),
        ("kind",),
        ("metadata", "name"),
        ("metadata", "namespace"),
        ("metadata", "uid"),
        ("metadata", "resourceVersion"),
        ("metadata", "generation"),
        ("metadata", "creationTimestamp"),
        ("metadata", "deletionTimestamp"),
        ("metadata", "deletionGracePeriodSeconds"),
        ("metadata", "managedFields"),
        ("metadata", "selfLink"),
    }
)
OWNERS: FieldPath = ("metadata", "ownerReferences")
FINALIZERS: FieldPath = ("metadata", "finalizers")


def applied(live: Obj | None, manifest: Mapping[str, Any], manager: str) -> Obj:
    """Return what applying a manifest makes of the live object (None: of nothing)."""
    wanted = plain(manifest)
    paths = frozenset(path for path in _leaves(wanted) if path not in IDENTITY)
    result: Obj = plain(live) if live is not None else {}
    entries: list[Obj] = list(result.get("metadata", {}).get("managedFields") or ())
    ours = next((e for e in entries if e["manager"] == manager and e["operation"] == "Apply"), None)
    others = [entry for entry in entries if entry is not ours]
    if ours is not None:
        kept = paths | {path for entry in others for path in _paths(entry["fieldsV1"])}
        for path in _paths(ours["fieldsV1"]):
            if not _holds(kept, path):
                _drop(result, path)
    _merge(result, wanted, ())
    entry = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": manifest["apiVersion"],
        "fieldsType": "FieldsV1",
        "fieldsV1": _fields(paths),
    }
    result["metadata"]["managedFields"] = [*others, entry]
    return result


def _leaves(value: Anything, path: FieldPath = ()) -> Iterator[FieldPath]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif path:
        yield path


def _holds(kept: frozenset[FieldPath], path: FieldPath) -> bool:
    """Say whether a field, or something within it, is still somebody's."""
    return path in kept or any(one[: len(path)] == path for one in kept)


def _fields(paths: frozenset[FieldPath]) -> Obj:
    """Write paths as Kubernetes' FieldsV1 does."""
    fields: Obj = {}
    for path in sorted(paths):
        place = fields
        for part in path:
            place = place.setdefault(f"f:{part}", {})
    return fields


def _paths(fields: Mapping[str, Any], path: FieldPath = ()) -> Iterator[FieldPath]:
    for name, inner in fields.items():
        here = (*path, name.removeprefix("f:"))
        if inner:
            yield from _paths(inner, here)
        else:
            yield here


def _drop(obj: Obj, path: FieldPath) -> None:
    """Remove a field, and the maps around it that it leaves empty."""
    around: list[Obj] = [obj]
    for part in path[:-1]:
        inner = around[-1].get(part)
        if not isinstance(inner, dict):
            return
        around.append(inner)
    around[-1].pop(path[-1], None)
    for depth in range(len(path) - 1, 0, -1):
        if around[depth]:
            return
        around[depth - 1].pop(path[depth - 1], None)


def _merge(target: Obj, wanted: Obj, path: FieldPath) -> None:
    for key, value in wanted.items():
        here = (*path, key)
        if here in IDENTITY and key in target and here != ("apiVersion",):
            continue
        if here == OWNERS:
            target[key] = _by_uid(target.get(key) or [], value)
        elif here == FINALIZERS:
            target[key] = list(dict.fromkeys([*(target.get(key) or []), *value]))
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value, here)
        else:
            target[key] = value


def _by_uid(live: list[Obj], wanted: list[Obj]) -> list[Obj]:
    merged = {str(owner.get("uid")): owner for owner in live}
    for owner in wanted:
        uid = str(owner.get("uid"))
        merged[uid] = {**merged.get(uid, {}), **owner}
    return list(merged.values())
