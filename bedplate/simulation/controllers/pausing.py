"""Pausing: a controller stops at its own acknowledgement, not at the moment it is asked to."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.simulation.controllers.context import Context
from bedplate.simulation.fields import PAUSED, Obj, generation_of, look

# How long a controller may go on with what it has begun before it notices.
NOTICE_SECONDS = 2.0


def active(context: Context, group: str, kind: str) -> Iterator[Obj]:
    """Yield the objects of a kind that its controller may act on now.

    Writes the `Paused` condition on each on the way. An object that this controller has never seen
    is looked at for its pause before anything else, as the real ones do.
    """
    for obj in context.objects.of(group, kind):
        if not _is_halted(context, obj):
            yield obj


def _is_halted(context: Context, obj: Obj) -> bool:
    wanted = _is_asked_to_pause(context, obj)
    found = context.condition(obj, "Paused")
    timer = context.timer_of(obj, f"paused={wanted}")
    if found is None or found.get("status") == str(wanted):
        if found is None or found.get("observedGeneration") != generation_of(obj):
            _acknowledge(context, obj, wanted)
        context.forget(context.timer_of(obj, f"paused={not wanted}"))
        return wanted
    if context.after(timer, NOTICE_SECONDS):
        _acknowledge(context, obj, wanted)
        context.forget(timer)
        return wanted
    return not wanted


def _is_asked_to_pause(context: Context, obj: Obj) -> bool:
    cluster = obj if obj["kind"] == "Cluster" else context.cluster_of(obj)
    annotated = PAUSED in (look(obj, "metadata", "annotations") or {})
    return annotated or (cluster is not None and bool(look(cluster, "spec", "paused")))


def _acknowledge(context: Context, obj: Obj, paused: bool) -> None:
    context.mark(obj, "Paused", paused, "Paused" if paused else "NotPaused")
    context.objects.save(obj)
