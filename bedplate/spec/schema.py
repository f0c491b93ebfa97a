"""The JSON schema of a kind, and the one of a whole file, for editors.

A language server for YAML asks the schema about each document of a file, so that a whole file's
schema is one that any of its documents fits: `oneOf` tells the kinds apart, and a condition for
each kind asks for its fields, so that an editor shows a mistake where it is written.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bedplate.errors import BadInput, Owner
from bedplate.spec.kinds import KINDS
from bedplate.spec.names import near

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "EKS Anywhere cluster specification"

Schema: TypeAlias = "dict[str, object]"


def schema_of(kind: str) -> Schema:
    """Return the schema of the documents of a kind.

    Raises:
        BadInput: a specification holds no such kind.
    """
    found = KINDS.get(kind)
    if found is None:
        raise BadInput(
            "KIND_UNKNOWN",
            f"a specification holds no kind {kind!r}",
            why="there is a schema for every kind that a specification may hold",
            remedy=near(kind, KINDS) or f"use one of {', '.join(KINDS)}",
            owner=Owner.SPEC_AUTHOR,
        )
    return {"$schema": DIALECT, **found.model.model_json_schema()}


def schema_of_file() -> Schema:
    """Return the schema that each document of a file fits; other kinds may hold anything."""
    ours = [kind.model for kind in KINDS.values()]
    models: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (model, "validation") for model in ours
    ]
    places, definitions = models_json_schema(models)
    return {
        "$schema": DIALECT,
        "title": TITLE,
        "oneOf": [*map(_is, KINDS), _is_other(), {"type": "null"}],
        "allOf": [{"if": _is(model.KIND), "then": places[model, "validation"]} for model in ours],
        **definitions,
    }


def _is(kind: str) -> Schema:
    """Return a schema that the documents of a kind fit, whatever they hold."""
    return {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}


def _is_other() -> Schema:
    return {"type": "object", "properties": {"kind": {"not": {"enum": list(KINDS)}}}}
