"""Changed fields: objects that no longer say what the specification says."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, objects
from bedplate.capi.secret_data import data_of
from bedplate.drift.fields import Difference, differences
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Managed, Seen
from bedplate.drift.templates import MOST_SHOWN, is_template
from bedplate.drift.versions import VERSION_FIELDS
from bedplate.ports.kube import JSON, Manifest

NO_SPEC = frozenset({kinds.SECRET.kind, kinds.CONFIG_MAP.kind})


def changed_objects(seen: Seen) -> Iterator[Drift]:
    """Yield the live objects whose fields differ from what would be applied.

    Versions are for `versions.py`, templates for `templates.py`. With another bundle than the
    cluster's, only EKS Anywhere's own objects can be compared.
    """
    if seen.managed is None or not seen.settled:
        return
    for wanted in _comparable(seen.managed):
        live = seen.managed.live.get(objects.ref(wanted))
        if live is None:
            continue
        found = [one for one in _compared(wanted, live) if not _is_version(one)]
        if found:
            yield _changed(wanted, found)


def _comparable(managed: Managed) -> Iterator[Manifest]:
    yield from managed.documents
    if managed.same_bundle:
        yield from (one for one in managed.asked if not is_template(one))


def _compared(wanted: Manifest, live: Manifest) -> Iterator[Difference]:
    if objects.kind(wanted).kind in NO_SPEC:
        yield from differences(_settings(wanted), _settings(live))
        return
    yield from differences(wanted.get("spec"), live.get("spec"), ("spec",))
    yield from differences(
        dict(objects.annotations_of(wanted)), dict(objects.annotations_of(live)), ("annotations",)
    )


def _settings(manifest: Manifest) -> dict[str, JSON]:
    return {"data": data_of(manifest), "type": manifest.get("type")}


def _is_version(difference: Difference) -> bool:
    return difference.path[-1] in VERSION_FIELDS


def _changed(wanted: Manifest, found: list[Difference]) -> Drift:
    more = len(found) - MOST_SHOWN
    seen = "; ".join(map(str, found[:MOST_SHOWN])) + (f"; and {more} more" if more > 0 else "")
    kind, place = objects.kind(wanted), objects.namespace(wanted)
    where = f" -n {place}" if place else ""
    return Drift(
        Sort.CHANGED,
        objects.ref(wanted).identity,
        seen,
        "where the change is right, write it into the specification; else put the field back:"
        f" kubectl edit {kind.resource}{where} {objects.name(wanted)}",
    )
