"""The point of no return of a move: written on the target first, with what was true then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.ports.kube import JSON, Kube, Manifest

NAME = "bedplate-move"
REF = ref_of(kinds.CONFIG_MAP, NAME)


@dataclass(frozen=True, slots=True)
class Commit:
    """A committed move: which objects, whose machines, and whether the end was confirmed.

    `machines` maps Machines to provider ids, `virtual_machines` names to uuids, as they were when
    the move was committed. `accepted` is for a person who looked at a difference and allows it.
    """

    move_id: str
    cluster: str
    digest: str
    objects: int
    machines: Mapping[str, str] = field(default_factory=dict)
    virtual_machines: Mapping[str, str] = field(default_factory=dict)
    was_paused: bool = False
    confirmed: bool = False
    accepted: bool = False


def read_commit(kube: Kube, cluster: str) -> Commit | None:
    """Return the committed move of a cluster on its own API server, or None."""
    found = kube.get(REF)
    if found is None or objects.text(found, "data", "cluster") != cluster:
        return None
    return _parse(found)


def write_commit(kube: Kube, commit: Commit) -> Commit:
    """Commit, at once or not at all; returns the commit that stands (an earlier one stays)."""
    data: dict[str, JSON] = {
        "move": commit.move_id,
        "cluster": commit.cluster,
        "digest": commit.digest,
        "objects": str(commit.objects),
        "machines": json.dumps(dict(commit.machines), sort_keys=True),
        "virtual-machines": json.dumps(dict(commit.virtual_machines), sort_keys=True),
        "was-paused": _yes(commit.was_paused),
    }
    return _parse(kube.create(REF, build(kinds.CONFIG_MAP, NAME, {"data": data})))


def confirm_commit(kube: Kube) -> None:
    """Record that the end of the move was seen: the last line of a pivot."""
    kube.patch(REF, {"data": {"confirmed": _yes(True)}})


def _parse(found: Manifest) -> Commit:
    return Commit(
        move_id=objects.text(found, "data", "move"),
        cluster=objects.text(found, "data", "cluster"),
        digest=objects.text(found, "data", "digest"),
        objects=int(objects.text(found, "data", "objects") or 0),
        machines=_texts(objects.text(found, "data", "machines")),
        virtual_machines=_texts(objects.text(found, "data", "virtual-machines")),
        was_paused=objects.text(found, "data", "was-paused") == _yes(True),
        confirmed=objects.text(found, "data", "confirmed") == _yes(True),
        accepted=objects.text(found, "data", "accepted") == _yes(True),
    )


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _texts(text: str) -> Mapping[str, str]:
    found: JSON = json.loads(text or "{}")
    return objects.texts_by_key(found)
