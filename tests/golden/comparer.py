"""Compares rendered objects by what they mean to Kubernetes, not by how they are written.

Equal are: documents and tables in another order, quotes and comments, null and nothing, a text and
the same data laid out differently inside it. Lists keep their order unless Kubernetes gives it no
meaning: see KEYED and SETS. In the expected objects `<no value>` and an empty name stand for
whatever a caller of EKS Anywhere's renderer fills in.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.golden.reading import Data, Documents, decoded

NO_VALUE = "<no value>"

KEYED = {
    "containers": ("name",),
    "env": ("name",),
    "extraArgs": ("name",),
    "extraEnvs": ("name",),
    "extraVolumes": ("name",),
    # Files are written in turn, so of two with one path the last stays: those keep their order.
    "files": ("path",),
    "initContainers": ("name",),
    "kubeletExtraArgs": ("name",),
    "ports": ("port", "containerPort", "protocol"),
    "unhealthyNodeConditions": ("type", "status"),
    "users": ("name",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""Lists that are tables in truth, and what their items are found by. Items of one key keep their
order among themselves, as an argument given twice does."""

SETS = frozenset(
    [
        "add",
        "apiGroups",
        "certSANs",
        "drop",
        "finalizers",
        "groups",
        "namespaces",
        "noProxy",
        "nonResourceURLs",
        "omitStages",
        "resourceNames",
        "sshAuthorizedKeys",
        "subjects",
        "taints",
        "tolerations",
        "userGroups",
        "users",
        "verbs",
    ]
)
"""Lists whose order says nothing. `rules` are one in a role but not in an audit policy, where the
first that fits decides; `resources` are one in both, but not in a ClusterResourceSet, which applies
them in turn. Commands, network devices, CIDR blocks and encryption providers keep their order."""

NOTHING_WHEN_EMPTY = frozenset(
    [
        "annotations",
        "data",
        "labels",
        "limits",
        "matchLabels",
        "nodeSelector",
        "requests",
        "resources",
        "securityContext",
        "status",
        "strategy",
        "stringData",
    ]
)
"""Tables that mean the same empty as left out. Elsewhere `{}` says something, as in `emptyDir`."""

NOTHING_WHEN_BLANK = frozenset(
    {("taints", "value"), ("tolerations", "value"), ("env", "value"), ("resources", "group")}
)
"""Fields whose empty text is their default."""

REFERENCE = re.compile(r"(Ref|infrastructureTemplate|metadata)$")


class Anything:
    """Stands for any value that is there."""

    def __repr__(self) -> str:
        return "anything"


@dataclass(frozen=True)
class Difference:
    """One place where two renderings say different things."""

    path: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        return f"{self.path}: expected {_shown(self.expected)}, got {_shown(self.actual)}"


MISSING = type("Missing", (), {"__repr__": lambda self: "nothing"})()


def objects_differ(expected: list[Data], actual: list[Data]) -> bool:
    """Tell whether canonical documents differ, which is quicker than to say where."""
    return next(between(expected, actual), None) is not None


def differences(expected: Iterable[Data], actual: Iterable[Data]) -> list[Difference]:
    """Return every difference between two sets of objects; empty where they mean the same."""
    wanted = [canonical(decoded(item), wildcards=True) for item in expected]
    found = [canonical(decoded(item)) for item in actual]
    return list(between(wanted, found))


def canonical(tree: Data, *, wildcards: bool = False) -> Data:
    """Return decoded data in the one form that all ways of writing it share."""
    kind = tree.get("kind") if isinstance(tree, dict) else None
    return _Canon(str(kind), wildcards=wildcards).value(tree, "", "")


def is_wildcard(value: Data, key: str, above: str) -> bool:
    """Tell whether a value of an expected object stands for whatever a caller fills in."""
    blank = value is None or value == ""
    return value == NO_VALUE or bool(blank and key == "name" and REFERENCE.search(above))


def between(wanted: list[Data], found: list[Data], path: str = "") -> Iterator[Difference]:
    """Yield the differences between two lists of canonical documents."""
    left = list(found)
    named = sorted(wanted, key=lambda item: isinstance(_name(item), Anything))
    for item in named:
        alike = [other for other in left if _same_object(item, other)]
        if not alike:
            yield Difference(f"{path}{_identity(item)}", "an object", MISSING)
            continue
        # Of several that a name left open could mean, the nearest one.
        best = min(alike, key=lambda other: sum(1 for _ in _compare(item, other, "")))
        left.remove(best)
        yield from _compare(item, best, f"{path}{_identity(best)} ")
    for item in left:
        yield Difference(f"{path}{_identity(item)}", MISSING, "an object")


class _Canon:
    """Rewrites one document; `kind` decides what `rules` and `resources` are."""

    def __init__(self, kind: str, *, wildcards: bool) -> None:
        self._kind = kind
        self._wildcards = wildcards

    def value(self, value: Data, key: str, above: str) -> Data:
        if isinstance(value, Documents):
            return Documents(canonical(item, wildcards=self._wildcards) for item in value)
        if isinstance(value, dict):
            return self._table(value, key)
        if isinstance(value, list):
            return self._list(value, key)
        return Anything() if self._wildcards and is_wildcard(value, key, above) else value

    def _table(self, table: dict[str, Data], key: str) -> dict[str, Data]:
        if self._kind == "Secret" and not key:
            table = _secret_as_text(table)
        found = {name: self.value(table[name], name, key) for name in sorted(table, key=str)}
        return {name: item for name, item in found.items() if not _says_nothing(item, name, key)}

    def _list(self, items: list[Data], key: str) -> Data:
        found = [
            self.value(item, "", key) if not isinstance(item, dict) else self._table(item, key)
            for item in items
        ]
        if self._is_keyed(found, key):
            return _by_key(found, KEYED[key])
        return sorted(found, key=repr) if self._is_set(key) else found

    def _is_keyed(self, items: list[Data], key: str) -> bool:
        return key in KEYED and bool(items) and all(isinstance(item, dict) for item in items)

    def _is_set(self, key: str) -> bool:
        if key == "rules":
            return self._kind in ("ClusterRole", "Role")
        if key == "resources":
            return self._kind in ("ClusterRole", "Role", "Policy")
        return key in SETS


def _by_key(items: list[dict[str, Data]], keys: tuple[str, ...]) -> dict[str, Data]:
    found: dict[str, list[Data]] = {}
    for item in items:
        label = ",".join(f"{key}={item[key]}" for key in keys if key in item)
        found.setdefault(f"[{label}]", []).append(item)
    return {label: same[0] if len(same) == 1 else same for label, same in found.items()}


def _secret_as_text(secret: dict[str, Data]) -> dict[str, Data]:
    """An API server writes `stringData` into `data`, encoded, and keeps a null as an empty text."""
    data = {key: _plain(value) for key, value in (secret.get("data") or {}).items()}
    text = {key: "" if v is None else v for key, v in (secret.get("stringData") or {}).items()}
    rest = {key: value for key, value in secret.items() if key not in ("data", "stringData")}
    return {**rest, "data": {**data, **text}}


def _plain(encoded: Data) -> Data:
    try:
        return base64.b64decode(encoded or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, TypeError):
        return encoded


def _says_nothing(value: Data, key: str, above: str) -> bool:
    if value is None:
        return True
    if value == "":
        return (above, key) in NOTHING_WHEN_BLANK
    return value == {} and key in NOTHING_WHEN_EMPTY


def _compare(expected: Data, actual: Data, path: str) -> Iterator[Difference]:
    if isinstance(expected, Anything):
        if actual is MISSING or actual in (None, ""):
            yield Difference(path, expected, actual)
    elif isinstance(expected, Documents) and isinstance(actual, Documents):
        yield from _compare_inside(expected, actual, path)
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted({*expected, *actual}, key=str):
            dot = "" if not path or path.endswith(" ") or str(key).startswith("[") else "."
            one, other = expected.get(key, MISSING), actual.get(key, MISSING)
            yield from _compare(one, other, f"{path}{dot}{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from _compare(one, other, f"{path}[{index}]")
    elif type(expected) is not type(actual) or not _same_scalar(expected, actual):
        yield Difference(path, expected, actual)


def _compare_inside(expected: Documents, actual: Documents, path: str) -> Iterator[Difference]:
    """Objects inside a text come in any order, other documents in the order written."""
    if all(isinstance(item, dict) and "kind" in item for item in [*expected, *actual]):
        yield from between(expected, actual, f"{path} > ")
    else:
        yield from _compare(list(expected), list(actual), f"{path} > ")


def _same_scalar(expected: Data, actual: Data) -> bool:
    if isinstance(expected, str) and NO_VALUE in expected:
        pattern = ".+".join(re.escape(part) for part in expected.split(NO_VALUE))
        return re.fullmatch(pattern, actual, re.DOTALL) is not None
    return bool(expected == actual)


def _same_object(expected: Data, actual: Data) -> bool:
    """Whether two documents are one object; a document that is no object is like any other."""
    same = (_head(expected), _place(expected)) == (_head(actual), _place(actual))
    return same and (isinstance(_name(expected), Anything) or _name(expected) == _name(actual))


def _head(item: Data) -> tuple[Any, Any]:
    return (item.get("apiVersion"), item.get("kind")) if isinstance(item, dict) else (None, None)


def _place(item: Data) -> Any:
    return (item.get("metadata") or {}).get("namespace") if isinstance(item, dict) else None


def _name(item: Data) -> Any:
    return (item.get("metadata") or {}).get("name") if isinstance(item, dict) else None


def _identity(item: Data) -> str:
    version, kind = _head(item)
    return f"{version} {kind} {_name(item)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
