"""Tags: read in bulk, made and attached where they are missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bedplate.adapters.vsphere.rest import AlreadyExists, NotThere, Rest

TAGS = "/com/vmware/cis/tagging/tag"
CATEGORIES = "/com/vmware/cis/tagging/category"
ASSOCIATIONS = "/com/vmware/cis/tagging/tag-association"


@dataclass(frozen=True, slots=True)
class Tags:
    """Every tag's id by its name, and the names of the tags on each object that was asked for.

    The service gives names one at a time, so only those of attached tags are read: another tag
    stands under its id.
    """

    ids: Mapping[str, str]
    attached: Mapping[str, frozenset[str]]


def read(rest: Rest, objects: Sequence[str]) -> Tags:
    """Read which tags there are, and which of them are on some objects (`VirtualMachine:vm-1`)."""
    try:
        every = sorted(rest.get(TAGS) or [])
        attached = _attached(rest, objects) if every and objects else {}
    except NotThere as missing:  # of the service itself, or of a template deleted meanwhile
        raise rest.not_served(str(missing)) from None
    names = {tag: _name(rest, tag) for tag in sorted(set().union(*attached.values()))}
    unnamed = {tag: tag for tag in every if not names.get(tag)}
    by_name = {name: tag for tag, name in names.items() if name}
    hidden = {tag: tag for tag, name in names.items() if name and by_name[name] != tag}
    return Tags(
        ids={**unnamed, **hidden, **by_name},
        attached={
            thing: frozenset(names[tag] or tag for tag in tags) for thing, tags in attached.items()
        },
    )


def ensure(rest: Rest, thing: str, wanted: Iterable[str]) -> None:
    """Put tags on an object; makes those that are missing, and their categories.

    A tag such as `os:ubuntu` belongs to the category `os`, as EKS Anywhere has them.
    """
    names = list(wanted)
    if not names:
        return
    categories = {_name_of(rest, CATEGORIES, one): one for one in rest.get(CATEGORIES) or []}
    for name in names:
        category = name.partition(":")[0]
        if category not in categories:
            categories[category] = _make_category(rest, category)
        tag = _find_or_make(rest, name, categories[category])
        body = {"object_id": _object(thing)}
        rest.post(ASSOCIATIONS, body, action="attach", identity=tag)


def _attached(rest: Rest, objects: Sequence[str]) -> dict[str, frozenset[str]]:
    body = {"object_ids": [_object(one) for one in objects]}
    found = rest.post(ASSOCIATIONS, body, action="list-attached-tags-on-objects")
    return {
        f"{one['object_id']['type']}:{one['object_id']['id']}": frozenset(one.get("tag_ids") or [])
        for one in found or []
    }


def _object(reference: str) -> dict[str, str]:
    kind, _, identity = reference.partition(":")
    return {"type": kind, "id": identity}


def _name(rest: Rest, tag: str) -> str:
    return _name_of(rest, TAGS, tag)


def _name_of(rest: Rest, path: str, identity: str) -> str:
    """Return a name; empty where somebody has just deleted what had it."""
    with contextlib.suppress(NotThere):
        found = rest.get(path, identity)
        return str((found or {}).get("name", ""))
    return ""


def _find_or_make(rest: Rest, name: str, category: str) -> str:
    listed = rest.post(TAGS, {}, action="list-tags-for-category", identity=category)
    for tag in listed or []:
        if _name(rest, tag) == name:
            return str(tag)
    spec = {"name": name, "category_id": category, "description": "made by Bedplate"}
    return str(rest.post(TAGS, {"create_spec": spec}))


def _make_category(rest: Rest, name: str) -> str:
    spec = {
        "name": name,
        "description": "made by Bedplate",
        "cardinality": "MULTIPLE",
        "associable_types": ["VirtualMachine"],
    }
    try:
        return str(rest.post(CATEGORIES, {"create_spec": spec}))
    except AlreadyExists:  # somebody else was faster
        for category in rest.get(CATEGORIES) or []:
            if _name_of(rest, CATEGORIES, category) == name:
                return str(category)
        raise
