"""What applying manifests would change: the fields, as an API server says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedplate.capi import kinds, objects
from bedplate.ports.kube import JSON, Kube, Manifest, Ref

KEPT_METADATA = ("annotations", "labels")
LONGEST = 80  # characters of a value that is shown; a longer one is a file or a script
HIDDEN = ("password", "token", "secret", "content")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field by its path, and its values where they are short and no secret."""

    path: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        shown = self.before or self.after
        return (
            f"{self.path}: {self.before or 'none'} → {self.after or 'none'}" if shown else self.path
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """An object that would be made (`fields` empty), or whose fields would change."""

    ref: Ref
    fields: tuple[FieldChange, ...] = ()


def differences(kube: Kube, manifests: Iterable[Manifest]) -> tuple[Difference, ...]:
    """Return what applying would change, by a dry run of it; changes nothing."""
    return tuple(_differences(kube, manifests))


def _differences(kube: Kube, manifests: Iterable[Manifest]) -> Iterator[Difference]:
    for manifest in manifests:
        ref = objects.ref(manifest)
        live = kube.get(ref)
        if live is None:
            yield Difference(ref)
        elif fields := field_changes(live, kube.would_apply(ref, manifest)):
            yield Difference(ref, fields)


def field_changes(before: Manifest, after: Manifest) -> tuple[FieldChange, ...]:
    """Return the fields that differ, without status and what the server counts, in order."""
    is_secret = kinds.SECRET in (objects.kind(before), objects.kind(after))
    found = _changes(_wish(before), _wish(after), "")
    if is_secret:
        return tuple(FieldChange(change.path) for change in found)
    return tuple(found)


def _wish(obj: Manifest) -> dict[str, JSON]:
    metadata: dict[str, JSON] = {
        key: objects.mapping(obj, "metadata", key) for key in KEPT_METADATA
    }
    rest = {k: v for k, v in obj.items() if k not in ("metadata", "status", "apiVersion", "kind")}
    return {**rest, "metadata": metadata}


def _changes(before: JSON, after: JSON, path: str) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            below = f"{path}.{key}" if path else key
            yield from _changes(before.get(key), after.get(key), below)
    elif before != after and not (_is_nothing(before) and _is_nothing(after)):
        yield FieldChange(path, _shown(path, before), _shown(path, after))


def _is_nothing(value: JSON) -> bool:
    """Nothing said, and an empty list or table, are the same."""
    return value is None or value in ([], {}, ())


def _shown(path: str, value: JSON) -> str:
    """Return a value as text, or "" where it is not to be shown."""
    last = path.rpartition(".")[2].lower()
    if not isinstance(value, str | int | float) or any(word in last for word in HIDDEN):
        return ""
    text = str(value)
    return text if len(text) <= LONGEST and "\n" not in text else ""
