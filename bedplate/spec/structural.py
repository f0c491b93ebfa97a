"""A model as a structural schema: what a CustomResourceDefinition may say of a kind.

Kubernetes takes less than JSON schema has: no references, no null beside another type, nothing
that is one of several. What is open in the model stays open in the cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Structural: TypeAlias = "dict[str, object]"

_DEFINITIONS = "#/$defs/"
OPEN: Mapping[str, object] = {"x-kubernetes-preserve-unknown-fields": True}
"""Any value at all, kept as it is written."""


class _Required(GenerateJsonSchema):
    """Requires what the API requires; a model reads an object without it and says it better."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        fields = schema["cls"].model_fields
        required: frozenset[str] = getattr(schema["cls"], "REQUIRED", frozenset())
        names = {str(fields[name].alias) for name in required}
        return {**described, "required": sorted(names.union(described.get("required", ())))}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def structural(model: type[BaseModel]) -> Structural:
    """Return the structural schema of a model, under the API's names."""
    found = model.model_json_schema(schema_generator=_Required)
    return _part(found, found.get("$defs", {}))


def _part(given: object, definitions: Mapping[str, object]) -> Structural:
    if not isinstance(given, Mapping):
        return dict(OPEN)
    reference = given.get("$ref")
    if reference is not None:
        return _part(definitions[str(reference).removeprefix(_DEFINITIONS)], definitions)
    described = {"description": given["description"]} if "description" in given else {}
    return {**described, **_shape(given, definitions)}


def _shape(given: Mapping[str, object], definitions: Mapping[str, object]) -> Structural:
    kind = given.get("type")
    if kind == "object":
        return {"type": kind, **_fields(given, definitions)}
    if kind == "array":
        return {"type": kind, "items": _part(given["items"], definitions)}
    if kind == "integer":
        return {"type": kind, "format": "int64"}
    if kind is None:  # the only choice of types that the API has
        return {"x-kubernetes-int-or-string": True}
    return {key: given[key] for key in ("type", "enum") if key in given}


def _fields(given: Mapping[str, object], definitions: Mapping[str, object]) -> Structural:
    values = given.get("additionalProperties", True)
    if isinstance(values, Mapping):
        return {"additionalProperties": _part(values, definitions)}
    fields = cast(Mapping[str, object], given.get("properties", {}))
    found: Structural = {} if values is False else dict(OPEN)
    if fields:
        found["properties"] = {name: _part(fields[name], definitions) for name in sorted(fields)}
    if given.get("required"):
        found["required"] = given["required"]
    return found
