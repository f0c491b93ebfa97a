"""Upgrades of several minor versions: a request for each leg, one after the other, by one plan.

Each leg is a run of its own. It has the whole on record, so whoever resumes it goes on with what
comes after; and the same command finds by what the cluster runs which leg is next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bedplate.capi.managing import managing_side
from bedplate.engine.change import ACCEPTED, recorded_spec
from bedplate.engine.history import rest_of
from bedplate.engine.journal import Journal, Run
from bedplate.errors import BedplateError, Owner, PermanentError, Refused
from bedplate.phases.upgrade.running import running_spec
from bedplate.ports.kube import Reach
from bedplate.request import Request
from bedplate.sites import Site
from bedplate.spec import ClusterSpec, load_text, upgrade_legs

UPGRADE = "upgrade"


def legs_of(request: Request, site: Site, journal: Journal) -> tuple[Request, ...]:
    """Return the requests that carry a request out one after the other; most often it is one.

    Raises Refused VERSION_BETWEEN_MISSING where the bundle has not every version on the way.
    """
    if request.operation.verb != UPGRADE or request.takes_back:
        return (request,)
    run = journal.open_run(request.spec.name, request.operation.name)
    if run is not None and rest_of(journal, run.id) == request.spec_text:
        first = recorded_spec(run)
        specs = (first, *upgrade_legs(first, request.spec))
    else:
        running = _running(request.spec, site)
        specs = upgrade_legs(running, request.spec) if running is not None else (request.spec,)
    return tuple(_requests(request, specs, site))


def whole_request(request: Request, run: Run, journal: Journal) -> Request:
    """Return the request for the whole of which a run is a leg; the same one where it is all."""
    rest = rest_of(journal, run.id)
    if not rest:
        return request
    return replace(request, spec_text=rest, spec=load_text(rest, f"run {run.id}", ACCEPTED))


def _requests(request: Request, specs: Sequence[ClusterSpec], site: Site) -> Iterator[Request]:
    for spec in specs[:-1]:
        _require_in_bundle(spec, request.spec, site)
        text = spec.dump()
        leg = load_text(text, f"the way to {request.spec.kubernetes_version}", ACCEPTED)
        yield replace(request, spec_text=text, spec=leg, rest=request.spec_text)
    yield request


def _running(spec: ClusterSpec, site: Site) -> ClusterSpec | None:
    """Return what the cluster runs; None where it cannot be asked, which its preflight tells."""
    kube = site.open(spec).kube.get(managing_side(spec))
    try:
        answers = kube is not None and kube.reach() is Reach.ANSWERS
        return running_spec(kube, spec) if kube is not None and answers else None
    except BedplateError:
        return None


def _require_in_bundle(leg: ClusterSpec, last: ClusterSpec, site: Site) -> None:
    try:
        site.bundle(leg)
    except PermanentError as error:
        if error.code != "BUNDLE_VERSION_MISSING":
            raise
        raise Refused(
            "VERSION_BETWEEN_MISSING",
            f"the way to Kubernetes {last.kubernetes_version} leads through"
            f" {leg.kubernetes_version}, and {error.seen}",
            why="Kubernetes is upgraded one minor version at a time",
            remedy=f"upgrade to {leg.kubernetes_version} with a release of EKS Anywhere that has"
            " it, then run the same command again",
            owner=Owner.SPEC_AUTHOR,
        ) from error
