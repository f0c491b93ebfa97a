"""The vCenter privileges that clusters need, by scope: what EKS Anywhere's preflight asks for."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from importlib import resources


class Scope(enum.StrEnum):
    """On which objects a set of privileges is wanted."""

    GLOBAL = "global"
    """On the root: content libraries, tags, sessions."""

    USER = "user"
    """On networks, datastores and resource pools: what machines are made with."""

    ADMIN = "admin"
    """On machine folders, templates and their folders: where machines are made and unmade."""

    READ_ONLY = "readOnly"
    """On the root, for another user that the cluster itself runs with."""


def _load() -> Mapping[Scope, frozenset[str]]:
    """Read the table: names by scope and by group, so that it can be read by people."""
    text = (resources.files(__package__) / "privileges.json").read_text()
    table: dict[str, dict[str, list[str]]] = json.loads(text)
    return {
        scope: frozenset(
            f"{group}.{name}" for group, names in table[scope.value].items() for name in names
        )
        for scope in Scope
    }


PRIVILEGES = _load()
EVERY_PRIVILEGE = frozenset().union(*PRIVILEGES.values())
