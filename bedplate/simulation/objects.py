"""The objects of one API server within one transaction: resource versions, generations, uids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bedplate.simulation.fields import Key, Obj, decode_shared, encode, key_of, owners_of, timestamp
from bedplate.simulation.kinds import UNCOUNTED
from bedplate.simulation.store import Tx

SERVED_BY_SERVER = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
)


class Objects:
    """The objects of one API server.

    `get` and `of` return working copies, the same one each time: change it, then `save` it.
    `changes` counts what was really written.
    """

    def __init__(self, tx: Tx, api: str) -> None:
        self.tx = tx
        self.api = api
        self.changes = 0
        self._held: dict[Key, tuple[Obj, str]] = {}
        self._whole: dict[tuple[str, str], dict[Key, Obj]] = {}

    def get(self, group: str, kind: str, namespace: str, name: str) -> Obj | None:
        """Return an object, or None."""
        return self.at(Key(group, kind, namespace, name))

    def at(self, key: Key) -> Obj | None:
        """Return the object at an address, or None."""
        held = self._held.get(key)
        if held is not None:
            return held[0]
        if key[:2] in self._whole:
            return None
        row = self.tx.one(
            "SELECT data FROM objects"
            " WHERE api = ? AND grp = ? AND kind = ? AND ns = ? AND name = ?",
            self.api,
            *key,
        )
        return None if row is None else self._hold(key, row[0])

    def of(self, group: str, kind: str) -> list[Obj]:
        """Return the objects of a kind, sorted by namespace and name."""
        found = self._whole.get((group, kind))
        if found is None:
            found = self._whole[group, kind] = self._load(group, kind)
        return [found[key] for key in sorted(found)]

    def owned(self, group: str, kind: str, owner: Mapping[str, Any]) -> list[Obj]:
        """Return the objects of a kind that `owner` controls or is one of the owners of."""
        uid = owner["metadata"]["uid"]
        return [o for o in self.of(group, kind) if any(r.get("uid") == uid for r in owners_of(o))]

    def selected(self, group: str, kind: str, namespace: str) -> list[Obj]:
        """Return the objects of a kind in one namespace ("" for all), without loading the rest."""
        if (group, kind) in self._whole or not namespace:
            found = self.of(group, kind)
            return [obj for obj in found if namespace in ("", key_of(obj).namespace)]
        rows = self.tx.all(
            "SELECT name, data FROM objects WHERE api = ? AND grp = ? AND kind = ? AND ns = ?"
            " ORDER BY name",
            self.api,
            group,
            kind,
            namespace,
        )
        return [self._hold(Key(group, kind, namespace, name), data) for name, data in rows]

    def add(self, obj: Obj) -> Obj:
        """Store a new object and return it, with what the server gives it."""
        metadata = obj["metadata"]
        for field in SERVED_BY_SERVER[:-2]:
            metadata.pop(field, None)
        key = key_of(obj)
        metadata["uid"] = self.tx.new_uid()
        metadata["creationTimestamp"] = timestamp(self.tx.now)
        if key[:2] not in UNCOUNTED:
            metadata["generation"] = 1
        self._write(key, obj)
        if key[:2] in self._whole:
            self._whole[key[:2]][key] = obj
        if obj["metadata"].get("ownerReferences"):
            self._litter()
        return obj

    def save(self, obj: Obj) -> bool:
        """Store an object that was changed; returns whether it was. One that is gone stays so."""
        key = key_of(obj)
        held = self._held.get(key)
        if held is None:
            return False
        before = decode_shared(held[1])
        if obj == before:
            return False
        if key[:2] not in UNCOUNTED and _wish(before) != _wish(obj):
            obj["metadata"]["generation"] = int(before["metadata"].get("generation") or 0) + 1
        if owners_of(before) != owners_of(obj):
            self._litter()
        if obj["metadata"].get("deletionTimestamp") and not obj["metadata"].get("finalizers"):
            self.remove(obj)
        else:
            self._write(key, obj)
        return True

    def remove(self, obj: Obj) -> None:
        """Remove an object at once."""
        key = key_of(obj)
        self.tx.run(
            "DELETE FROM objects WHERE api = ? AND grp = ? AND kind = ? AND ns = ? AND name = ?",
            self.api,
            *key,
        )
        self._held.pop(key, None)
        if key[:2] in self._whole:
            self._whole[key[:2]].pop(key, None)
        self.changes += 1
        self._litter()

    def delete(self, obj: Obj) -> None:
        """Delete an object as a user or a controller asks for it: finalizers are waited for."""
        if not obj["metadata"].get("finalizers"):
            self.remove(obj)
        elif not obj["metadata"].get("deletionTimestamp"):
            obj["metadata"]["deletionTimestamp"] = timestamp(self.tx.now)
            obj["metadata"]["deletionGracePeriodSeconds"] = 0
            self.save(obj)
            self._litter()

    def _load(self, group: str, kind: str) -> dict[Key, Obj]:
        rows = self.tx.all(
            "SELECT ns, name, data FROM objects WHERE api = ? AND grp = ? AND kind = ?",
            self.api,
            group,
            kind,
        )
        keys = [(Key(group, kind, namespace, name), data) for namespace, name, data in rows]
        return {key: self._hold(key, data) for key, data in keys}

    def _hold(self, key: Key, data: str) -> Obj:
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = (json.loads(data), data)
        return held[0]

    def _write(self, key: Key, obj: Obj) -> None:
        metadata = obj["metadata"]
        metadata["resourceVersion"] = str(self.tx.count("resourceVersion"))
        data = encode(obj)
        owners = " ".join(str(owner.get("uid")) for owner in owners_of(obj))
        self.tx.run(
            "INSERT INTO objects (api, grp, kind, ns, name, uid, owners, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (api, grp, kind, ns, name) DO UPDATE"
            " SET uid = excluded.uid, owners = excluded.owners, data = excluded.data",
            self.api,
            *key,
            metadata["uid"],
            owners,
            data,
        )
        self._held[key] = (obj, data)
        self.changes += 1

    def _litter(self) -> None:
        """Tell the garbage collector that there may be something for it."""
        self.tx.run("UPDATE apis SET garbage = 1 WHERE id = ?", self.api)


def _wish(obj: Obj) -> Obj:
    """What counts as the specification: everything but metadata and status."""
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}
