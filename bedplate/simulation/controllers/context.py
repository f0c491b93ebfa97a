"""What a controller works with: its API server's objects, the time, timers, other clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedplate.ports.kube import Reach
from bedplate.simulation import apis
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    Obj,
    generation_of,
    labels_of,
    look,
    namespace_of,
    place,
    timestamp,
    uid_of,
)
from bedplate.simulation.objects import Objects
from bedplate.simulation.store import Tx

CORE = "cluster.x-k8s.io"
BOOTSTRAP = "bootstrap.cluster.x-k8s.io"
CONTROL_PLANE = "controlplane.cluster.x-k8s.io"
INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io"
ETCD = "etcdcluster.cluster.x-k8s.io"

# Groups that still write conditions the older way; their newer ones are below status.v1beta2.
OLDER_CONDITIONS = frozenset(
    {f"{INFRASTRUCTURE}/v1beta1", f"{ETCD}/v1beta1", f"{BOOTSTRAP}/v1beta1"}
)


class Context:
    """One look of the controllers of one API server at its objects, at one moment."""

    def __init__(self, tx: Tx, api: str) -> None:
        self.tx = tx
        self.api = api
        self.now = tx.now
        self.objects = Objects(tx, api)
        self.next_due: float | None = None
        self._remote: dict[str, Objects] = {}
        self._timers: dict[str, float] = dict(
            tx.all("SELECT name, at FROM timers WHERE api = ?", api)
        )

    @property
    def changes(self) -> int:
        """How many changes were made so far, here and in other clusters."""
        return self.objects.changes + sum(remote.changes for remote in self._remote.values())

    # -- time --------------------------------------------------------------------------------

    def wake(self, at: float) -> None:
        """Have the controllers look again at a later time; a time that has passed is no news."""
        if at > self.now:
            self.next_due = at if self.next_due is None else min(self.next_due, at)

    def after(self, timer: str, seconds: float) -> bool:
        """Start a timer the first time; say whether it has run out since."""
        at = self._timers.get(timer)
        if at is None:
            at = self._timers[timer] = self.now + seconds
            self.tx.run("INSERT INTO timers VALUES (?, ?, ?)", self.api, timer, at)
        self.wake(at)
        return at <= self.now

    def forget(self, timer: str) -> None:
        """Forget a timer, so that it starts anew."""
        if self._timers.pop(timer, None) is not None:
            self.tx.run("DELETE FROM timers WHERE api = ? AND name = ?", self.api, timer)

    # -- other objects -----------------------------------------------------------------------

    def runs(self, namespace: str, deployment: str) -> bool:
        """Say whether a controller runs here: its Deployment has an available replica."""
        found = self.objects.get("apps", "Deployment", namespace, deployment)
        return found is not None and bool(look(found, "status", "availableReplicas"))

    def cluster_of(self, obj: Obj) -> Obj | None:
        """Return the Cluster that an object belongs to, or None."""
        name = look(obj, "spec", "clusterName") or labels_of(obj).get(CLUSTER_NAME)
        return self.objects.get(CORE, "Cluster", namespace_of(obj), name) if name else None

    def referred(self, obj: Obj, reference: Mapping[str, Any] | None) -> Obj | None:
        """Return what a reference by group (or version), kind and name leads to, or None."""
        if not reference or not reference.get("name"):
            return None
        group = reference.get("apiGroup") or str(reference.get("apiVersion", "")).rpartition("/")[0]
        kind, name = reference.get("kind", ""), reference["name"]
        return self.objects.get(group, kind, namespace_of(obj), name)

    def remote(self, cluster: str) -> Objects | None:
        """Return the objects of another cluster's API server (or this one's), if it answers."""
        api = apis.of_cluster(cluster)
        if apis.reach(self.tx, api) is not Reach.ANSWERS:
            return None
        if api == self.api:
            return self.objects
        if api not in self._remote:
            self._remote[api] = Objects(self.tx, api)
        return self._remote[api]

    # -- conditions --------------------------------------------------------------------------

    def mark(
        self, obj: Obj, type_: str, status: bool | None, reason: str = "", message: str = ""
    ) -> None:
        """Set a condition in the way that the object's version has them; None means Unknown."""
        written: Obj = {
            "type": type_,
            "status": "Unknown" if status is None else str(status),
            "reason": reason or (type_ if status else f"Not{type_}"),
            "message": message,
        }
        if "x-k8s.io" in obj["apiVersion"] or "flux" in obj["apiVersion"]:
            written["observedGeneration"] = generation_of(obj)
        older = obj["apiVersion"] in OLDER_CONDITIONS
        self._put(place(obj, "status", "v1beta2") if older else place(obj, "status"), written)
        if older and type_ != "Paused":
            plain = {key: value for key, value in written.items() if key != "observedGeneration"}
            self._put(place(obj, "status"), plain)

    def _put(self, holder: Obj, written: Obj) -> None:
        conditions: list[Obj] = holder.setdefault("conditions", [])
        for index, found in enumerate(conditions):
            if found.get("type") == written["type"]:
                same = found.get("status") == written["status"]
                since = found.get("lastTransitionTime") if same else timestamp(self.now)
                conditions[index] = {**written, "lastTransitionTime": since}
                return
        conditions.append({**written, "lastTransitionTime": timestamp(self.now)})

    def condition(self, obj: Obj, type_: str) -> Obj | None:
        """Return an object's condition, or None."""
        newer = look(obj, "status", "v1beta2", "conditions") or ()
        found = (*newer, *(look(obj, "status", "conditions") or ()))
        return next((one for one in found if one.get("type") == type_), None)

    def is_true(self, obj: Obj, type_: str) -> bool:
        """Say whether a condition of an object is true."""
        found = self.condition(obj, type_)
        return found is not None and found.get("status") == "True"

    def timer_of(self, obj: Obj, purpose: str) -> str:
        """Return the name of an object's own timer."""
        return f"{uid_of(obj)}/{purpose}"
