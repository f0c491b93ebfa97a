"""Installing a component's release on a cluster: shared by the phases that do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bedplate.capi import kinds, objects
from bedplate.engine.phase import Waiting
from bedplate.errors import PermanentError
from bedplate.phases.readiness import is_served, unready
from bedplate.ports.components import BUNDLE_MISSING, Component, Components, Release
from bedplate.ports.kube import Kube, Manifest, Reach, Ref

WORKLOADS = (kinds.DEPLOYMENT, kinds.DAEMON_SET)
COMPARED = (kinds.CONFIG_MAP, *WORKLOADS)
"""Kinds of which more than their being there is looked at."""


def brought(components: Components, component: Component) -> Release | None:
    """Return the release of a component that a cluster can do without; None where there is none.

    EKS Anywhere's bundles bring no storage driver, and what fails of curated packages it only warns
    of. Preflight has said what is left out.
    """
    try:
        return components.release(component)
    except PermanentError as error:
        if error.code != BUNDLE_MISSING:
            raise
        return None


def apply_all(kube: Kube, manifests: Iterable[Manifest]) -> None:
    """Apply each manifest in order."""
    for manifest in manifests:
        kube.apply(objects.ref(manifest), manifest)


def apply_absent(kube: Kube, manifests: Iterable[Manifest]) -> None:
    """Apply those that are not there, for what never changes once it is published."""
    apply_all(kube, (one for one in manifests if kube.get(objects.ref(one)) is None))


def absent(kube: Kube, manifests: Iterable[Manifest]) -> Waiting | None:
    """Return the first that is not there."""
    refs = map(objects.ref, manifests)
    return next((Waiting(ref.identity) for ref in refs if kube.get(ref) is None), None)


def definitions(release: Release) -> tuple[Manifest, ...]:
    """Return the CustomResourceDefinitions of a release."""
    return tuple(one for one in release.manifests if objects.kind(one) == kinds.CRD)


def apply_definitions(kube: Kube, release: Release) -> None:
    """Apply a release's definitions in order, unless the last one says that all are there."""
    wanted = definitions(release)
    if wanted and kube.get(objects.ref(wanted[-1])) is None:
        apply_absent(kube, wanted)


def apply_release(kube: Kube, release: Release) -> Waiting | None:
    """Apply a release unless all of it is there at its version.

    Objects of kinds that it defines itself come late, once the API server serves them: `Waiting`
    until then. What is there is never applied again to make it ready: controllers write into it.
    """
    pairs = tuple(_pairs(kube, release))
    lacking = [wanted for wanted, live in pairs if _lacks(release, wanted, live)]
    if not lacking:
        return None
    is_new = all(live is None for _, live in pairs)
    proofs = {} if is_new else _proofs(lacking)
    defined = {_defined(m): m for m in definitions(release)}
    others = [m for m in release.manifests if objects.ref(m) not in proofs]
    apply_all(kube, (m for m in others if _group_kind(m) not in defined))
    own = [m for m in others if _group_kind(m) in defined]
    for kind in dict.fromkeys(map(_group_kind, own)):
        ref = objects.ref(defined[kind])
        live = kube.get(ref)
        if live is None or not is_served(live):
            return Waiting(f"{ref.identity} to be served")
    apply_all(kube, own)
    apply_all(kube, proofs.values())
    return None


def _proofs(lacking: Iterable[Manifest]) -> dict[Ref, Manifest]:
    """Return what tells this release from the one that is there: it is applied after all the rest.

    Roles, webhooks and the Provider are compared with nothing. Were a controller brought before
    them and the run cut off in between, nobody would see that they are another version's. For as
    long as its pods need, the former controller answers the new webhooks, as the other way round;
    whoever asks it asks again. Where nothing is there the order is the release's own: whatever is
    left out then is absent, which is seen.
    """
    return {objects.ref(m): m for m in lacking if objects.kind(m) in COMPARED}


def _group_kind(manifest: Manifest) -> tuple[str, str]:
    kind = objects.kind(manifest)
    return kind.group, kind.kind


def _defined(definition: Manifest) -> tuple[str, str]:
    """Return the kind that a CustomResourceDefinition defines."""
    return (
        objects.text(definition, "spec", "group"),
        objects.text(definition, "spec", "names", "kind"),
    )


def lacking(kube: Kube, release: Release) -> Waiting | None:
    """Return what has to be applied yet: an object that is missing, or of another version."""
    for manifest, live in _pairs(kube, release):
        if lacks := _lacks(release, manifest, live):
            return Waiting(lacks)
    return None


def missing(kube: Kube, release: Release) -> Waiting | None:
    """Return what a release still lacks on a cluster: an object, its version, its readiness."""
    for manifest, live in _pairs(kube, release):
        identity = objects.ref(manifest).identity
        if lacks := _lacks(release, manifest, live):
            return Waiting(lacks)
        if live is not None and (still := unready(live)):
            return Waiting(f"{identity} {still}")
    return None


def all_missing(kube: Kube, releases: Sequence[Release]) -> Waiting | None:
    """Return the first thing that any of the releases lacks."""
    for release in releases:
        if waiting := missing(kube, release):
            return waiting
    return None


def _pairs(kube: Kube, release: Release) -> Iterator[tuple[Manifest, Manifest | None]]:
    """Yield each object of a release and what there is of it; one look at a time."""
    for manifest in release.manifests:
        yield manifest, kube.get(objects.ref(manifest))


def _lacks(release: Release, wanted: Manifest, live: Manifest | None) -> str:
    """Return what has to be applied, in words: an object, its settings, another version."""
    ref = objects.ref(wanted)
    if live is None:
        return f"{ref.identity} of {release.component}"
    if ref.kind == kinds.CONFIG_MAP and not _holds(live, wanted):
        return f"{ref.identity} as {release.component} has it"
    if ref.kind not in WORKLOADS:
        return ""
    is_stopped = objects.number(live, "spec", "replicas") == 0
    if is_stopped or images(live) != images(wanted):
        return f"{ref.identity} at {release.component} {release.version}"
    return ""


def _holds(live: Manifest, wanted: Manifest) -> bool:
    """Say whether a ConfigMap has all the settings that are wanted; others may add theirs."""
    data = objects.mapping(live, "data")
    return all(data.get(key) == value for key, value in objects.mapping(wanted, "data").items())


def images(workload: Manifest) -> tuple[str, ...]:
    """Return the container images of a Deployment or DaemonSet."""
    containers = objects.items(workload, "spec", "template", "spec", "containers")
    return tuple(objects.text(container, "image") for container in containers)


def remove_release(kube: Kube, release: Release) -> None:
    """Delete a release's objects, last first; a cluster that does not exist holds none."""
    if kube.reach() is not Reach.ANSWERS:
        return
    for manifest in reversed(release.manifests):
        kube.delete(objects.ref(manifest))
