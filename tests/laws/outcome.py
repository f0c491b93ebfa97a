"""What the world looks like in the end, without what may rightly differ between two runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
from collections import Counter
from pathlib import Path

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RANDOM = re.compile(r"(?<=-)[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])")
ADDRESS = re.compile(r"\b\d+\.\d+\.\d+\.\d+\b")
PAUSE = re.compile(r"paused|half-way|reconcile$")
VOLATILE = frozenset(
    {
        "resourceVersion",
        "generation",
        "observedGeneration",
        "creationTimestamp",
        "lastAppliedTime",
        "lastTransitionTime",
        "lastUpdated",
        "managedFields",
        "uid",
        "vmRef",
        "data",
        "annotations",
    }
)


def end_state(folder: Path) -> dict[str, object]:
    """Return what two runs that did the same have in common."""
    with contextlib.closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        # Killed after its run had ended, a create asked for again is a second run, all kept.
        runs = journal.execute("SELECT DISTINCT operation, cluster, state FROM journal_run")
        return site_state(folder / "site") | {"runs": runs.fetchall()}


def site_state(site: Path) -> dict[str, object]:
    """Return what two runs that did the same have in common at their site."""
    with contextlib.closing(sqlite3.connect(site / "world.sqlite")) as world:
        made = Counter(
            row[0] for row in world.execute("SELECT name FROM vm_events WHERE event='made'")
        )
        return {
            "machines made": sorted(RANDOM.sub("*", name) for name in made),
            "made more than once": sorted(name for name, times in made.items() if times > 1),
            "destroyed": sorted(
                RANDOM.sub("*", row[0])
                for row in world.execute("SELECT name FROM vm_events WHERE event='destroyed'")
            ),
            "virtual machines": world.execute("SELECT count(*) FROM vms").fetchone()[0],
            "bootstrap clusters": world.execute(
                "SELECT id FROM apis WHERE kind_name <> ''"
            ).fetchall(),
            "objects": _objects(world),
            "credentials": _credentials(world),
            "pauses": _pauses(world),
            "folders": world.execute(
                "SELECT path FROM inventory WHERE kind='folder' ORDER BY path"
            ).fetchall(),
            "templates": world.execute(
                "SELECT path, details FROM inventory WHERE kind='template' ORDER BY path"
            ).fetchall(),
            "files": _names(site / "clusters"),
            "vault": _names(site / "vault"),
        }


def differences(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    """Return what two end states do not have in common: short, where the states are long."""
    found: dict[str, object] = {}
    for key, value in one.items():
        theirs = other[key]
        if isinstance(value, dict) and isinstance(theirs, dict):
            found.update(dict(set(value.items()) ^ set(theirs.items())))
        elif value != other[key]:
            found[key] = (value, other[key])
    return found


def _objects(world: sqlite3.Connection) -> dict[str, str]:
    rows = world.execute("SELECT api, grp, kind, ns, name, data FROM objects")
    found: dict[str, list[str]] = {}
    for api, group, kind, namespace, name, data in rows:
        key = RANDOM.sub("*", f"{api} {group}/{kind} {namespace}/{name}")
        found.setdefault(key, []).append(_digest(json.loads(data)))
    return {key: ",".join(sorted(digests)) for key, digests in sorted(found.items())}


def _credentials(world: sqlite3.Connection) -> dict[str, str]:
    """The content of each Secret with vCenter's credentials; other Secrets' may rightly differ."""
    rows = world.execute(
        "SELECT api, name, data FROM objects WHERE kind = 'Secret' AND name LIKE '%credentials'"
    )
    return {
        f"{api}/{name}": hashlib.sha256(json.dumps(json.loads(data)["data"]).encode()).hexdigest()
        for api, name, data in rows
    }


def _pauses(world: sqlite3.Connection) -> list[str]:
    """The objects that somebody is told to leave alone, or that are said to be half-way."""
    rows = world.execute("SELECT api, kind, name, data FROM objects ORDER BY api, kind, name")
    return [
        RANDOM.sub("*", f"{api} {kind}/{name}")
        for api, kind, name, data in rows
        if any(PAUSE.search(key) for key in json.loads(data)["metadata"].get("annotations") or ())
    ]


def _digest(data: object) -> str:
    text = json.dumps(_stable(data), sort_keys=True)
    for pattern in (UUID, RANDOM, ADDRESS):
        text = pattern.sub("*", text)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _stable(data: object) -> object:
    if isinstance(data, dict):
        return {key: _stable(value) for key, value in data.items() if key not in VOLATILE}
    if isinstance(data, list):
        stable = [_stable(value) for value in data]
        # Conditions are a map by type: whose controller came first is no difference.
        typed = {one["type"]: one for one in stable if isinstance(one, dict) and "type" in one}
        return [typed[kind] for kind in sorted(typed)] if len(typed) == len(stable) else stable
    return data


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
