"""etcd of a simulated cluster: which of its members work, and whose data they have.

What was done to a member is kept under its machine's uuid; a machine that nobody touched works, and
has the data of whoever it joined.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass

from bedplate.simulation.store import Tx

STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Touched:
    """What was done to a member; `ends_at` is when its processes have ended."""

    stopped: bool = False
    wiped: bool = False
    restored: str = ""
    ends_at: float = 0.0


def touched(tx: Tx, uuid: str) -> Touched | None:
    """Return what was done to the member of a machine, None where nothing was."""
    text = tx.text(_name(uuid))
    return Touched(**json.loads(text)) if text else None


def touch(tx: Tx, cluster: str, uuid: str, what: Touched) -> None:
    """Keep what was done to a member."""
    for name, value in ((_name(uuid), json.dumps(asdict(what))), (_name(cluster), "touched")):
        tx.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            name,
            value,
        )


def serves(tx: Tx, cluster: str) -> bool:
    """Say whether an API server runs beside members that are enough and have the same data."""
    if not tx.text(_name(cluster)):
        return True  # the usual case costs one look
    return bool(working(tx, cluster))


def working(tx: Tx, cluster: str) -> tuple[str, ...]:
    """Return the machines whose members serve together; none where they are no majority."""
    rows = tx.all(
        "SELECT uuid, name, powered_on FROM vms WHERE cluster = ? AND role IN ('init', 'join')"
        " AND NOT never_joins AND joined_at <= ? ORDER BY name",
        cluster,
        tx.now,
    )
    found = [(name, touched(tx, uuid), powered) for uuid, name, powered in rows]
    alive = [(name, t) for name, t, on in found if on and not (t and (t.stopped or t.wiped))]
    data = Counter(t.restored for _, t in alive if t is not None)
    common = data.most_common(1)[0][0] if data else ""
    together = tuple(name for name, t in alive if t is None or t.restored == common)
    return together if 2 * len(together) > len(rows) else ()


def wipe(tx: Tx, name: str) -> None:
    """Lose the data of the members on the machines of a name."""
    for cluster, uuid in tx.all("SELECT cluster, uuid FROM vms WHERE name = ?", name):
        was = touched(tx, uuid) or Touched()
        touch(tx, cluster, uuid, Touched(was.stopped, True, "", was.ends_at))


def _name(what: str) -> str:
    return f"etcd/{what}"
