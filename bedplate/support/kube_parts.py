"""What the API servers of a cluster hold and say: objects, events, the logs of controllers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bedplate.capi import kinds, objects
from bedplate.capi.controllers import controllers
from bedplate.capi.discover import movable_kinds, read_all
from bedplate.capi.names import NAMESPACE
from bedplate.errors import BedplateError
from bedplate.ports.kube import Kind, Kube, Manifest, Reach, Side
from bedplate.support.parts import File, as_json
from bedplate.support.redaction import without_secrets
from bedplate.support.source import Source

LINES = 2_000  # of each container

EVENT, POD = Kind("v1", "Event"), Kind("v1", "Pod")
SYSTEM = "kube-system"

WORKLOADS = (kinds.NODE, POD, kinds.DEPLOYMENT, kinds.DAEMON_SET)
SECRET_PLACES = (NAMESPACE, SYSTEM)

CollectSide = Callable[[Side, Kube], Iterator[File]]


def reach(side: Side, kube: Kube) -> Iterator[File]:
    """Whether there is an API server, and whether it answers."""
    yield File(f"{side}/reach.json", as_json({"side": side, "reach": kube.reach().value}))


def cluster_api(side: Side, kube: Kube) -> Iterator[File]:
    """The objects of Cluster API and EKS Anywhere."""
    movable = movable_kinds(kube)
    yield from _by_kind(side, read_all(kube, movable))
    definitions = kube.list(kinds.CRD)
    for kind in sorted(_kinds_of(definitions, kinds.ANYWHERE)):
        yield from _by_kind(side, kube.list(kind))
    served = [_versions(one) for one in definitions]
    yield File(f"{side}/definitions.json", as_json(served))


def workloads(side: Side, kube: Kube) -> Iterator[File]:
    """Nodes, pods and their controllers."""
    for kind in WORKLOADS:
        yield from _by_kind(side, kube.list(kind))


def events(side: Side, kube: Kube) -> Iterator[File]:
    """The events that the API server still has."""
    yield _file(side, EVENT, kube.list(EVENT))


def logs(side: Side, kube: Kube) -> Iterator[File]:
    """The logs of the controllers; one that cannot be read does not hide the others'."""
    for deployment in controllers(kube):
        ref = objects.ref(deployment)
        try:
            found = kube.logs(ref, LINES)
        except BedplateError as error:
            found = {"unreadable": f"{error}\n"}
        for container, text in found.items():
            place = f"{ref.namespace}_{ref.name}_{container.replace('/', '_')}"
            yield File(f"{side}/logs/{place}.log", text)


PARTS: tuple[tuple[str, CollectSide, bool], ...] = (
    # part        collects     holds texts that anybody may have written anything into
    ("reach",     reach,       False),
    ("objects",   cluster_api, False),
    ("workloads", workloads,   False),
    ("events",    events,      True),
    ("logs",      logs,        True),
)  # fmt: skip


def remember_secrets(source: Source, kube: Kube) -> None:
    """Let the redactor know what the Secrets of an API server hold."""
    if kube.reach() is Reach.ANSWERS:
        for place in SECRET_PLACES:
            for secret in kube.list(kinds.SECRET, place):
                source.redactor.remember_secret(secret)


def _kinds_of(definitions: Iterable[Manifest], api_version: str) -> Iterator[Kind]:
    group = api_version.partition("/")[0]
    for one in definitions:
        if objects.text(one, "spec", "group") == group:
            yield Kind(api_version, objects.text(one, "spec", "names", "kind"))


def _versions(definition: Manifest) -> dict[str, object]:
    versions = objects.items(definition, "spec", "versions")
    return {
        "name": objects.name(definition),
        "versions": [objects.text(one, "name") for one in versions],
        "labels": dict(objects.labels(definition)),
    }


def _by_kind(side: Side, found: Sequence[Manifest]) -> Iterator[File]:
    for kind in sorted({objects.kind(one) for one in found}):
        yield _file(side, kind, [one for one in found if objects.kind(one) == kind])


def _file(side: Side, kind: Kind, found: Sequence[Manifest]) -> File:
    name = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    return File(f"{side}/objects/{name}.json", as_json([without_secrets(one) for one in found]))
