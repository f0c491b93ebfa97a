"""What applying manifests would change: the fields, as an API server says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedplate.capi import objects
from bedplate.ports.kube import JSON, Kube, Manifest, Ref

KEPT_METADATA = ("annotations", "labels")


@dataclass(frozen=True, slots=True)
class Difference:
    """An object that would be made (`fields` empty), or whose fields would change."""

    ref: Ref
    fields: tuple[str, ...] = ()


def differences(kube: Kube, manifests: Iterable[Manifest]) -> tuple[Difference, ...]:
    """Return what applying would change, by a dry run of it; changes nothing."""
    return tuple(_differences(kube, manifests))


def _differences(kube: Kube, manifests: Iterable[Manifest]) -> Iterator[Difference]:
    for manifest in manifests:
        ref = objects.ref(manifest)
        live = kube.get(ref)
        if live is None:
            yield Difference(ref)
        elif fields := changed_fields(live, kube.would_apply(ref, manifest)):
            yield Difference(ref, fields)


def changed_fields(before: Manifest, after: Manifest) -> tuple[str, ...]:
    """Return the paths of the fields that differ, without status and what the server counts."""
    return tuple(sorted(set(_paths(_wish(before), _wish(after)))))


def _wish(obj: Manifest) -> dict[str, JSON]:
    metadata: dict[str, JSON] = {
        key: objects.mapping(obj, "metadata", key) for key in KEPT_METADATA
    }
    rest = {k: v for k, v in obj.items() if k not in ("metadata", "status", "apiVersion")}
    return {**rest, "metadata": metadata}


def _paths(before: JSON, after: JSON, path: str = "") -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _paths(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif before != after and not (_is_nothing(before) and _is_nothing(after)):
        yield path


def _is_nothing(value: JSON) -> bool:
    """Nothing said, and an empty list or table, are the same."""
    return value is None or value in ([], {}, ())
