"""The API servers of a world: those of KinD clusters and those of clusters made of machines."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.ports.kube import Reach
from bedplate.simulation import etcd, faults
from bedplate.simulation.fields import Obj
from bedplate.simulation.objects import Objects
from bedplate.simulation.store import Tx

KIND_SECONDS = 30.0
RUNNING, STOPPED, UNFINISHED = range(3)
"""What `stopped` says of a KinD cluster."""

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
READY = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": ""}


def of_kind(name: str) -> str:
    """Return the id of the API server of a KinD cluster."""
    return f"kind:{name}"


def of_cluster(cluster: str) -> str:
    """Return the id of a cluster's own API server."""
    return f"cluster:{cluster}"


def exists(tx: Tx, api: str) -> bool:
    """Say whether there is such an API server, working or not."""
    return tx.one("SELECT 1 FROM apis WHERE id = ?", api) is not None


# Asked with every call to an API server, so in one statement: whether it has started and, unless it
# is KinD's, is not silenced and has a control plane; whose it is.
_ANSWERS = """
SELECT NOT stopped AND ready_at <= now.value AND (kind_name != '' OR (
    NOT EXISTS (
      SELECT 1 FROM faults WHERE port = 'world' AND method = ? AND match = apis.cluster
      AND (remaining IS NULL OR remaining > 0))
    AND EXISTS (
      SELECT 1 FROM vms WHERE vms.cluster = apis.cluster AND role IN ('init', 'join')
      AND powered_on AND NOT never_joins AND joined_at <= now.value))), cluster, kind_name
  FROM apis, meta AS now WHERE apis.id = ? AND now.name = 'now'
"""


def reach(tx: Tx, api: str) -> Reach:
    """Say whether an API server can be spoken to."""
    row = tx.one(_ANSWERS, faults.SILENCE, api)
    if row is None:
        return Reach.ABSENT
    answers, cluster, kind_name = row
    if not answers or not (kind_name or etcd.serves(tx, cluster)):
        return Reach.SILENT
    return Reach.ANSWERS


def make_kind(tx: Tx, name: str, cluster: str) -> None:
    """Make a KinD cluster; its API server answers after a while."""
    ready_at = tx.now + KIND_SECONDS
    tx.run(
        "INSERT INTO apis (id, cluster, kind_name, ready_at, due) VALUES (?, ?, ?, ?, ?)",
        of_kind(name),
        cluster,
        name,
        ready_at,
        ready_at,
    )
    objects = _begin(tx, of_kind(name))
    node = f"{name}-control-plane"
    objects.add(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": node, "labels": {"kubernetes.io/hostname": node}},
            "spec": {"providerID": f"kind://docker/{name}/{node}"},
            "status": {"conditions": [dict(READY)]},
        }
    )


def make_cluster(tx: Tx, cluster: str, ca: str, ready_at: float) -> None:
    """Make the API server that a first control-plane machine brings up, unless there is one."""
    api = of_cluster(cluster)
    if exists(tx, api):
        return
    tx.run(
        "INSERT INTO apis (id, cluster, ready_at, ca, due) VALUES (?, ?, ?, ?, ?)",
        api,
        cluster,
        ready_at,
        ca,
        ready_at,
    )
    _begin(tx, api)


def _begin(tx: Tx, api: str) -> Objects:
    objects = Objects(tx, api)
    for name in NAMESPACES:
        namespace: Obj = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "status": {"phase": "Active"},
        }
        objects.add(namespace)
    return objects


def drop(tx: Tx, api: str) -> None:
    """Drop an API server with all its objects."""
    tx.run("DELETE FROM apis WHERE id = ?", api)
    for table in ("objects", "definitions", "timers"):
        tx.run(f"DELETE FROM {table} WHERE api = ?", api)  # noqa: S608 - names of our own tables


def kind_names(tx: Tx) -> Sequence[str]:
    """Return the names of the KinD clusters, sorted."""
    rows = tx.all("SELECT kind_name FROM apis WHERE kind_name != '' ORDER BY kind_name")
    return [row[0] for row in rows]


def kind_state(tx: Tx, name: str) -> int | None:
    """Return how a KinD cluster is, None where there is none."""
    row = tx.one("SELECT stopped FROM apis WHERE id = ?", of_kind(name))
    return None if row is None else int(row[0])


def stop(tx: Tx, name: str, *, stopped: int) -> None:
    """Stop or start KinD clusters, or leave them half made; the name "" means all."""
    tx.run(
        "UPDATE apis SET stopped = ?, due = (SELECT value FROM meta WHERE name = 'now')"
        " WHERE kind_name != '' AND (? = '' OR kind_name = ?)",
        stopped,
        name,
        name,
    )


def lose(tx: Tx, name: str) -> None:
    """Lose KinD clusters with everything in them; the name "" means all."""
    for found in kind_names(tx):
        if name in ("", found):
            drop(tx, of_kind(found))


def wake(tx: Tx, api: str, at: float | None = None) -> None:
    """Let the controllers of an API server look at it again, now or at a later time."""
    due = tx.now if at is None else at
    tx.run("UPDATE apis SET due = min(coalesce(due, ?), ?) WHERE id = ?", due, due, api)


def wake_managers(tx: Tx, cluster: str) -> None:
    """Wake whoever manages a cluster: its machines or its nodes changed."""
    rows = tx.all(
        "SELECT api FROM objects WHERE kind = 'Cluster' AND name = ? AND grp = 'cluster.x-k8s.io'",
        cluster,
    )
    for (api,) in rows:
        wake(tx, api)
    wake(tx, of_cluster(cluster))


def wake_when_ready(tx: Tx, api: str) -> None:
    """Look at a silent API server again at the moment when it is known to come up."""
    row = tx.one("SELECT cluster, kind_name, ready_at FROM apis WHERE id = ?", api)
    if row is None:
        return
    cluster, kind_name, ready_at = row
    if not kind_name:
        ready_at = tx.number(
            "SELECT min(joined_at) FROM vms WHERE cluster = ? AND role IN ('init', 'join')"
            " AND NOT never_joins AND joined_at > ?",
            cluster,
            tx.now,
        )
    if ready_at > tx.now:
        wake(tx, api, ready_at)


def wake_all(tx: Tx) -> None:
    """Let the controllers of every API server look at it again."""
    tx.run("UPDATE apis SET due = min(coalesce(due, ?), ?)", tx.now, tx.now)
