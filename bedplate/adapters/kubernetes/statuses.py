"""The status of an object that we create: who wrote what, and what is still to be written.

An object and its status are two requests. Whoever is killed between them leaves an object without
its status, and a controller may write its own before ours. The field managers tell these apart:
nobody but `create` writes as CREATOR.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.capi import objects
from bedplate.ports.kube import JSON, Manifest

MANAGER = "bedplate"
CREATOR = "bedplate-create"


def awaits_status(obj: Manifest) -> bool:
    """Say whether `create` made an object and was stopped before it wrote the status."""
    ours = {
        objects.text(entry, "subresource")
        for entry in objects.items(obj, "metadata", "managedFields")
        if objects.text(entry, "manager") == CREATOR
    }
    return "" in ours and "status" not in ours


def with_status(obj: Manifest, given: JSON) -> Manifest:
    """Return an object with the status given, under what a controller has written meanwhile."""
    managers = objects.items(obj, "metadata", "managedFields")
    # An object that was made without any field has no managers either, whoever wrote since.
    if not managers or any(objects.text(one, "subresource") == "status" for one in managers):
        given = _under(given, obj.get("status"))
    return {**obj, "status": given}


def _under(given: JSON, live: JSON) -> JSON:
    """Return both, and where they differ what is live; conditions are matched by their type."""
    if isinstance(given, Mapping) and isinstance(live, Mapping):
        return {**given, **{key: _under(given.get(key), value) for key, value in live.items()}}
    theirs, ours = _by_type(live), _by_type(given)
    if theirs and ours:
        return list({**ours, **theirs}.values())
    return given if live is None else live


def _by_type(found: JSON) -> Mapping[str, JSON]:
    if not isinstance(found, list):
        return {}
    typed: dict[str, JSON] = {
        str(item["type"]): item for item in found if isinstance(item, Mapping) and "type" in item
    }
    return typed if len(typed) == len(found) else {}
