"""Models to plain JSON data, and to YAML that reads back equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

import yaml

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.scalars import resolve

_BREAKS = frozenset("\r\x85\u2028\u2029")


def plain(model: Model) -> dict[str, object]:
    """Return the fields of a model under the API's names; a field that is not set is left out."""
    return model.model_dump(mode="json", by_alias=True)


def document(model: Object) -> dict[str, object]:
    """Return a whole object with its kind, as one would apply it to an API server."""
    fields = plain(model)
    return {"apiVersion": fields.pop("apiVersion"), "kind": model.KIND, **fields}


def canonical(documents: Iterable[Mapping[str, object]]) -> str:
    """Return JSON in which equal documents are equal texts."""
    return json.dumps(list(documents), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(documents: Iterable[Mapping[str, object]]) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(documents).encode()).hexdigest()


def to_yaml(documents: Iterable[Mapping[str, object]]) -> str:
    """Return one YAML text of several documents."""
    return yaml.dump_all(
        documents, Dumper=_Dumper, explicit_start=True, sort_keys=False, allow_unicode=True
    )


# In C where libyaml is at hand: a campaign writes a specification for every cluster of a fleet.
_SAFE_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SAFE_DUMPER):  # type: ignore[misc, valid-type]
    """Writes text in quotes wherever a reader could take it for something else."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=_style(data))


def _style(text: str) -> str:
    if not _BREAKS.isdisjoint(text):
        return '"'  # in any other style a reader takes these for the end of a line
    return "" if isinstance(resolve(text), str) else "'"


_Dumper.add_representer(str, _text)
