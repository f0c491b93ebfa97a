"""What was paused or stopped and left so: controllers that look away."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, objects
from bedplate.capi.pause import OUR_PAUSE
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Seen
from bedplate.ports.kube import Manifest

ANYWHERE_PAUSED = "anywhere.eks.amazonaws.com/paused"


def paused_objects(seen: Seen) -> Iterator[Drift]:
    """Yield every object that is paused, and whether it was us."""
    if seen.managed is None:
        return
    live = {objects.ref(one): one for one in (*seen.managed.owned, *seen.managed.live.values())}
    for obj in live.values():
        annotations = objects.annotations_of(obj)
        if annotations.get(ANYWHERE_PAUSED) == "true":
            yield _paused(seen, obj, "its annotation says so", _unmark(obj, ANYWHERE_PAUSED))
        elif objects.is_paused(obj):
            ours = annotations.get(objects.PAUSED_ANNOTATION) == OUR_PAUSE
            who = "a run of ours paused it and never ended the pause" if ours else "it is paused"
            yield _paused(seen, obj, who, _end(obj))


def stopped_controllers(seen: Seen) -> Iterator[Drift]:
    """Yield the controllers that were scaled to nothing."""
    if seen.managed is None:
        return
    for deployment in seen.managed.controllers:
        if objects.number(deployment, "spec", "replicas") == 0:
            yield Drift(
                Sort.STOPPED,
                objects.ref(deployment).identity,
                "it is scaled to 0",
                "find out who stopped it and why; then: kubectl scale deployment -n"
                f" {objects.namespace(deployment)} {objects.name(deployment)} --replicas=1",
            )


def _paused(seen: Seen, obj: Manifest, who: str, end: str) -> Drift:
    todo = f"find out who needs it, then {end}"
    if not seen.settled:
        todo = f"bedplate resume {seen.runs[0].id}; where that does not end it: {todo}"
    return Drift(Sort.PAUSED, objects.ref(obj).identity, who, todo)


def _end(obj: Manifest) -> str:
    if objects.kind(obj) == kinds.CLUSTER and objects.flag(obj, "spec", "paused"):
        patch = '{"spec":{"paused":false}}'
        return f"kubectl patch {_address(obj)} --type=merge -p '{patch}'"
    return _unmark(obj, objects.PAUSED_ANNOTATION)


def _unmark(obj: Manifest, annotation: str) -> str:
    return f"kubectl annotate {_address(obj)} {annotation}-"


def _address(obj: Manifest) -> str:
    kind, place = objects.kind(obj), objects.namespace(obj)
    where = f" -n {place}" if place else ""
    return f"{kind.resource}{where} {objects.name(obj)}"
