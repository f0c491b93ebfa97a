"""Which machines a later leg of an upgrade replaces: one rendering compared with the next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate.capi import objects
from bedplate.capi.differences import field_changes
from bedplate.phases.upgrade.replacing import MADE_FROM, REFERENCES, Group, label_of
from bedplate.ports.kube import Manifest, Ref
from bedplate.spec import ClusterSpec


def groups_between(
    before: Sequence[Manifest], after: Sequence[Manifest], spec: ClusterSpec
) -> tuple[Group, ...]:
    """Return the groups of a rendering, and why the next one replaces the machines of each.

    Which machines these are is not known: the leg before makes them.
    """
    old = {objects.ref(one): one for one in before}
    return tuple(
        _group(old, owner, before, after, spec)
        for owner in after
        if objects.kind(owner).kind in MADE_FROM
    )


def _group(
    old: dict[Ref, Manifest],
    owner: Manifest,
    before: Sequence[Manifest],
    after: Sequence[Manifest],
    spec: ClusterSpec,
) -> Group:
    live = old.get(objects.ref(owner), owner)
    why = tuple(_reasons(live, owner, before, after))
    counts = (objects.number(one, "spec", "replicas") for one in (live, owner))
    return Group(label_of(owner, spec), (), why, *counts)


def _reasons(
    live: Manifest, owner: Manifest, before: Sequence[Manifest], after: Sequence[Manifest]
) -> Iterator[str]:
    kind = objects.kind(owner).kind
    references = tuple(".".join(path) for path in REFERENCES[kind])
    for change in field_changes(live, owner):
        if change.path.startswith(MADE_FROM[kind]) and not change.path.startswith(references):
            yield str(change)
    for path in REFERENCES[kind]:
        was, will = _referred(live, before, path), _referred(owner, after, path)
        for change in field_changes(was, will):
            if change.path.startswith("spec"):
                yield f"{objects.text(owner, *path, 'kind')}: {change}"


def _referred(owner: Manifest, among: Sequence[Manifest], path: tuple[str, ...]) -> Manifest:
    kind, name = objects.text(owner, *path, "kind"), objects.text(owner, *path, "name")
    found = (one for one in among if (objects.kind(one).kind, objects.name(one)) == (kind, name))
    return next(found, {})
