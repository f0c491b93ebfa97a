"""Where two objects differ: everything that is wanted must be there, more may be.

What is not set is no wish, and an API server fills in defaults; so the rules are those by which EKS
Anywhere compares templates (apimachinery's DeepDerivative), with the paths of what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedplate.ports.kube import JSON

# What lies below these may be or hold a credential, so its values are never shown.
SECRETIVE = frozenset({"data", "stringData", "files", "users", "content", "licenseToken"})
LONGEST_SHOWN = 80

# Fields by which the items of a list are known, whatever their order.
NAMES = ("name", "key", "kind")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not as wanted."""

    path: tuple[str, ...]
    wanted: JSON
    found: JSON

    def __str__(self) -> str:
        place = ".".join(self.path)
        if SECRETIVE & set(self.path):
            return f"{place} differs"
        return f"{place} is {_shown(self.found)}, not {_shown(self.wanted)}"


def differences(wanted: JSON, found: JSON, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Yield every field of `wanted` that is not so in `found`, in order."""
    if is_unset(wanted) or (not wanted and found is None):
        return  # a 0 or a false is the same as nothing
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, item in wanted.items():
            yield from differences(item, found.get(key), (*path, key))
    elif _is_list(wanted) and _is_list(found):
        yield from _in_lists(wanted, found, path)
    elif isinstance(wanted, bool) != isinstance(found, bool) or wanted != found:
        yield Difference(path, wanted, found)


def is_unset(value: JSON) -> bool:
    """Say whether a value stands for no wish."""
    return value is None or (not isinstance(value, bool | int | float) and not value)


def _in_lists(wanted: JSON, found: JSON, path: tuple[str, ...]) -> Iterator[Difference]:
    ours, theirs = _items(wanted), _items(found)
    if len(ours) != len(theirs):
        yield Difference((*path, "length"), len(ours), len(theirs))
        return
    by_name = _by_name(theirs)
    for number, item in enumerate(ours):
        name = _name(item)
        other = by_name.get(name, theirs[number]) if name and by_name else theirs[number]
        yield from differences(item, other, (*path, name or str(number)))


def _by_name(items: Sequence[JSON]) -> dict[str, JSON]:
    """Return the items by their names; empty where names do not tell them apart."""
    found = {_name(item): item for item in items}
    return found if len(found) == len(items) and "" not in found else {}


def _name(item: JSON) -> str:
    if not isinstance(item, Mapping):
        return ""
    named = (item.get(key) for key in NAMES)
    return next((name for name in named if isinstance(name, str)), "")


def _items(value: JSON) -> Sequence[JSON]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _is_list(value: JSON) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shown(value: JSON) -> str:
    if value is None:
        return "not set"
    if isinstance(value, Mapping) or _is_list(value):
        return "something else"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
