"""The form of a manifest that a signature covers: some paths taken out, the rest as JSON.

The bytes are those that EKS Anywhere signs: keys sorted, no spaces, and `<`, `>`, `&` escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from bedplate.bundles.documents import Json, Table

ALL = "[]"
"""The step of a path that goes into every item of a list."""

_STEP = re.compile(r'\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\."(?P<quoted>[^"\\]+)"|(?P<all>\[\])')
_ESCAPED = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
_LARGEST_WHOLE = 1e21  # from here on JSON writers use an exponent

Path = tuple[str, ...]
_Tree = dict[str, "_Tree"]


def canonical(data: Table, excluded: Iterable[Path]) -> bytes:
    """Return what a signature covers."""
    kept = _without(data, _tree(excluded))
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPED).encode()


def path(text: str) -> Path:
    """Return the steps of a path such as `.spec.versionsBundles[].eksa`; raises ValueError."""
    steps: list[str] = []
    end = 0
    for step in _STEP.finditer(text):
        if step.start() != end:
            break
        end = step.end()
        steps.append(step["name"] or step["quoted"] or ALL)
    if end != len(text) or not steps:
        raise ValueError(f"{text!r} is no path such as .spec.versionsBundles[].eksa")
    return tuple(steps)


def _tree(paths: Iterable[Path]) -> _Tree:
    tree: _Tree = {}
    for steps in paths:
        at = tree
        for step in steps:
            at = at.setdefault(step, {})
    return tree


def _without(value: Json, tree: Mapping[str, _Tree]) -> Json:
    """Return a copy without what the tree's leaves lead to."""
    if isinstance(value, dict):
        return {
            key: _without(item, tree.get(key, {}))
            for key, item in value.items()
            if key not in tree or tree[key]
        }
    if isinstance(value, list):
        return [_without(item, tree.get(ALL, {})) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_WHOLE:
        return int(value)  # 1.0 and 1 are one number in JSON
    return value
