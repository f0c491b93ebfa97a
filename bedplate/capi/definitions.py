"""EKS Anywhere's own kinds as CustomResourceDefinitions, made from the models that read them."""

from __future__ import annotations

from typing import cast

from pydantic import BaseModel

from bedplate.bundles.manifests import Bundles
from bedplate.capi import kinds
from bedplate.ports.kube import JSON, Manifest
from bedplate.spec import KINDS
from bedplate.spec.models.common import API_GROUP, API_VERSION
from bedplate.spec.models.eksa_release import EKSARelease
from bedplate.spec.structural import structural

_TEXT: JSON = {"type": "string"}
_NUMBER: JSON = {"type": "integer", "format": "int64"}
_CONDITION: JSON = {
    "type": "object",
    "description": "What is so of an object, in Cluster API's form of a condition.",
    "required": ["lastTransitionTime", "status", "type"],
    "properties": {
        "lastTransitionTime": {"type": "string", "format": "date-time"},
        "message": _TEXT,
        "reason": _TEXT,
        "severity": _TEXT,
        "status": _TEXT,
        "type": _TEXT,
    },
}
_STATUS: JSON = {
    "type": "object",
    "description": "What the controller sees; Bedplate reads the fields named here.",
    "x-kubernetes-preserve-unknown-fields": True,
    "properties": {
        "conditions": {"type": "array", "items": _CONDITION},
        "failureMessage": _TEXT,
        "failureReason": _TEXT,
        "observedGeneration": _NUMBER,
        "reconciledGeneration": _NUMBER,
    },
}


def definitions() -> tuple[Manifest, ...]:
    """Return the definition of every kind that a cluster of EKS Anywhere holds, by name."""
    models: dict[str, type[BaseModel]] = {name: row.model for name, row in KINDS.items()}
    models |= {"Bundles": Bundles, EKSARelease.KIND: EKSARelease}
    return tuple(definition(kind, models[kind]) for kind in sorted(models))


def definition(kind: str, model: type[BaseModel]) -> Manifest:
    """Return the definition of one kind; its model has a `spec` that is a model too."""
    singular = kind.lower()
    plural = singular if singular.endswith("s") else f"{singular}s"
    version: Manifest = {
        "name": API_VERSION.rpartition("/")[2],
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": _document(model)},
    }
    return {
        "apiVersion": kinds.CRD.api_version,
        "kind": kinds.CRD.kind,
        "metadata": {"name": f"{plural}.{API_GROUP}"},
        "spec": {
            "group": API_GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": singular,
            },
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def _document(model: type[BaseModel]) -> JSON:
    found = cast(dict[str, JSON], structural(model))
    fields = cast(dict[str, JSON], found["properties"])
    return {
        "type": "object",
        "description": found["description"],
        "properties": {
            "apiVersion": _TEXT,
            "kind": _TEXT,
            "metadata": {"type": "object"},
            "spec": fields["spec"],
            "status": _STATUS,
        },
    }
