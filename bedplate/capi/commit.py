"""The point of no return of a move: written on the target first, with what was true then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import JSON, Kube, Manifest

NAME = "bedplate-move"
REF = ref_of(kinds.CONFIG_MAP, NAME)
SUPERSEDED = "superseded-by"


@dataclass(frozen=True, slots=True)
class Commit:
    """A committed move: which objects, whose machines, and whether the end was confirmed.

    `machines` maps Machines to provider ids, `virtual_machines` names to uuids, as they were when
    the move was committed. `accepted` is for a person who looked at a difference and allows it.
    `superseded` says that a later move took the management away again.
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
    superseded: bool = False


def read_commit(kube: Kube, cluster: str) -> Commit | None:
    """Return the move of a cluster that was committed on one side, or None.

    Raises PermanentError MOVE_UNREADABLE where it was edited: what it says is never guessed.
    """
    found = kube.get(REF)
    return None if found is None else _Reader(found, cluster).commit()


def write_commit(kube: Kube, commit: Commit) -> Commit:
    """Commit, at once or not at all; returns the commit that stands (an earlier one stays).

    Raises PermanentError MOVE_UNREADABLE where the earlier one cannot be read.
    """
    stands = kube.create(REF, build(kinds.CONFIG_MAP, NAME, {"data": _data(commit)}))
    return _Reader(stands, commit.cluster).commit()


def confirm_commit(kube: Kube) -> None:
    """Record that the end of the move was seen: the last line of a pivot."""
    kube.patch(REF, {"data": {"confirmed": _yes(True)}})


def supersede_commit(kube: Kube, commit: Commit) -> None:
    """Record on the side that was left that a later move is committed on another.

    A cluster that was adopted has no record of the move that brought its objects: it gets one now.
    """
    mark: dict[str, JSON] = {SUPERSEDED: commit.move_id}
    if kube.patch(REF, {"data": mark}) is None:
        kube.create(REF, build(kinds.CONFIG_MAP, NAME, {"data": {**_data(commit), **mark}}))


def _data(commit: Commit) -> dict[str, JSON]:
    return {
        "move": commit.move_id,
        "cluster": commit.cluster,
        "digest": commit.digest,
        "objects": str(commit.objects),
        "machines": json.dumps(dict(commit.machines), sort_keys=True),
        "virtual-machines": json.dumps(dict(commit.virtual_machines), sort_keys=True),
        "was-paused": _yes(commit.was_paused),
    }


def _yes(value: bool) -> str:
    return "true" if value else "false"


class _Reader:
    """Reads the fields of a commit; what is not as we wrote it is an error, not a default."""

    def __init__(self, found: Manifest, cluster: str) -> None:
        self._found = found
        self._cluster = cluster

    def commit(self) -> Commit:
        if self._text("cluster") != self._cluster:
            raise self._unreadable("cluster", f"is not {self._cluster!r}")
        return Commit(
            move_id=self._text("move"),
            cluster=self._cluster,
            digest=self._text("digest"),
            objects=self._number("objects"),
            machines=self._texts("machines"),
            virtual_machines=self._texts("virtual-machines"),
            was_paused=self._flag("was-paused"),
            confirmed=self._flag("confirmed", default=False),
            accepted=self._flag("accepted", default=False),
            superseded=objects.value(self._found, "data", SUPERSEDED) is not None,
        )

    def _text(self, name: str) -> str:
        found = objects.text(self._found, "data", name)
        if not found:
            raise self._unreadable(name, "is missing")
        return found

    def _number(self, name: str) -> int:
        text = self._text(name)
        if not text.isdecimal():
            raise self._unreadable(name, "is no number")
        return int(text)

    def _flag(self, name: str, *, default: bool | None = None) -> bool:
        if default is not None and objects.value(self._found, "data", name) is None:
            return default
        text = self._text(name)
        if text not in (_yes(True), _yes(False)):
            raise self._unreadable(name, "is neither true nor false")
        return text == _yes(True)

    def _texts(self, name: str) -> Mapping[str, str]:
        text = self._text(name)
        try:
            found: JSON = json.loads(text)
        except ValueError:
            raise self._unreadable(name, "is no JSON") from None
        texts = objects.texts_by_key(found)
        if not isinstance(found, Mapping) or len(texts) != len(found):
            raise self._unreadable(name, "is no mapping of names to texts")
        return texts

    def _unreadable(self, name: str, reason: str) -> PermanentError:
        return PermanentError(
            "MOVE_UNREADABLE",
            f"{REF.identity} on {self._cluster} was edited: {name} {reason}",
            why="it is the only record that the cluster manages itself, and of its machines then",
            remedy=f"put back what it held: kubectl -n {REF.namespace} edit configmap {NAME};"
            " then resume",
            owner=Owner.PLATFORM,
        )
