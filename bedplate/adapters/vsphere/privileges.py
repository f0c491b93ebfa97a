"""Which privileges the user holds where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bedplate.adapters.vsphere.api import vim
from bedplate.adapters.vsphere.properties import read_these, reference_of
from bedplate.errors import Owner, PermanentError

ROOT = "/"


def known(content: vim.ServiceInstanceContent) -> frozenset[str]:
    """Return every privilege that this version of vCenter knows."""
    rows = read_these(content, [content.authorizationManager], ["privilegeList"])
    return names_of(rows[0].get("privilegeList", []) if rows else [])


def names_of(privileges: Collection[Any]) -> frozenset[str]:
    """Return the names in a privilege list."""
    return frozenset(one.privId for one in privileges)


def missing(
    content: vim.ServiceInstanceContent,
    user: str,
    wanted: Mapping[str, frozenset[str]],
    places: Mapping[str, Any],
) -> Mapping[str, frozenset[str]]:
    """Return what the user lacks, by path; effective rights, so those of groups count.

    `places` are the objects of the paths. Two calls, however many there are.
    """
    manager = content.authorizationManager
    assert manager is not None  # noqa: S101 - every vCenter has one
    understood = known(content)
    asked = list({reference_of(thing): thing for thing in places.values()}.values())
    answers = manager.FetchUserPrivilegeOnEntities(entities=asked, userName=user)
    held = {reference_of(one.entity): frozenset(one.privileges) for one in answers}
    lacking = {
        path: (privileges & understood) - held.get(reference_of(places[path]), frozenset())
        for path, privileges in wanted.items()
    }
    return {path: privileges for path, privileges in lacking.items() if privileges}


def not_found(paths: Collection[str]) -> PermanentError:
    """Return the error for paths that name nothing."""
    named = ", ".join(sorted(paths))
    return PermanentError(
        "INVENTORY_MISSING",
        f"nothing in vCenter is at {named}",
        why="whether the user may work there cannot be asked",
        remedy="correct the path; govc find / lists every one",
        owner=Owner.SPEC_AUTHOR,
    )
