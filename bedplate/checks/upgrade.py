"""The generic checks of an upgrade, in EKS Anywhere's order; a provider's own stand beside them.

What two files tell is decided by `bedplate.spec.upgrade_findings` and shown here: fields that
cannot change, versions one minor at a time, workers not too far behind.
"""

from __future__ import annotations

from collections.abc import Callable

from bedplate.bundles import semver
from bedplate.capi import kinds, objects
from bedplate.capi.managing import managing_side
from bedplate.checks.check import Check, Finding
from bedplate.checks.create import version_checks
from bedplate.checks.disruption import disruption_checks
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.gitops import git_checks, git_drift_checks
from bedplate.checks.health import health_checks
from bedplate.checks.managed import managed_checks
from bedplate.checks.mirror import mirror_checks
from bedplate.checks.mirror_images import mirror_image_checks
from bedplate.checks.networks import names_resolve, pod_network_size
from bedplate.checks.proxy import proxy_checks
from bedplate.checks.scene import Scene
from bedplate.checks.versions import EKSA_FIELD
from bedplate.errors import Owner, Problem
from bedplate.ports.kube import Reach, Ref
from bedplate.spec import ClusterSpec, immutable_changes, upgrade_findings
from bedplate.spec.upgrades.versions import DEVELOPMENT, SKIP_SKEW

MOST_STEPS = 1  # minor versions of EKS Anywhere that one upgrade may pass


def upgrade_checks(old: ClusterSpec, new: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks of an upgrade from one specification to another."""
    return (
        *mirror_checks(new),
        *mirror_image_checks(new),
        *health_checks(old),
        check("upgrade-versions", "Kubernetes version increment validated", _versions(old)),
        *git_checks(new),
        *git_drift_checks(old, new),
        check("immutable-fields", "Immutable fields validated", _immutable(old)),
        *version_checks(new),
        *managed_checks(new),
        *disruption_checks(),
        check("eksa-version-skew", "EKS-A version skew validated", _skew(old)),
        check("pod-network-size", "Pod network is large enough", pod_network_size),
        check("dns", "Names resolve", names_resolve),
        *proxy_checks(new),
    )


def _immutable(old: ClusterSpec) -> Callable[[Scene], Findings]:
    def look(scene: Scene) -> Findings:
        for problem in immutable_changes(old, scene.spec):
            yield _told(problem)

    return look


def _versions(old: ClusterSpec) -> Callable[[Scene], Findings]:
    """Everything else that the two files tell, but for what `eksa-version-skew` can skip."""

    def look(scene: Scene) -> Findings:
        immutable = immutable_changes(old, scene.spec)
        for problem in upgrade_findings(old, scene.spec):
            if problem not in immutable and problem.field != EKSA_FIELD:
                yield _told(problem)

    return look


def _told(problem: Problem) -> Finding:
    place = f"{problem.file}:{problem.line}:{problem.column} {problem.field}"
    remedy = f"what is right: {problem.expected}" if problem.expected else "take the change back"
    return block(place, problem.message, remedy, Owner.SPEC_AUTHOR)


def _skew(old: ClusterSpec) -> Callable[[Scene], Findings]:
    """One minor version at a time: the components of the next but one do not know the old state."""

    def look(scene: Scene) -> Findings:
        immutable = immutable_changes(old, scene.spec)
        told = [p for p in upgrade_findings(old, scene.spec) if p.field == EKSA_FIELD]
        for problem in told:
            if problem not in immutable:
                yield _told(problem)
        before, after = _running(scene, old), scene.bundle.eksa_version
        waived = scene.spec.cluster.metadata.annotations.get(SKIP_SKEW) == "true"
        if not told and not waived and _too_far(before, after):
            yield block(
                EKSA_FIELD,
                f"the cluster runs {before}, the release in use is {after}: an upgrade goes"
                f" {MOST_STEPS} minor version up, and never down",
                f"upgrade to each minor version between {before} and {after} first",
                Owner.PLATFORM,
            )

    return look


def _running(scene: Scene, old: ClusterSpec) -> str:
    """Return the version that the cluster says it has, or else the one that it was to have."""
    side = managing_side(old)
    kube = scene.kube.get(side)
    if kube is not None and kube.reach() is Reach.ANSWERS:
        live = kube.get(Ref(kinds.ANYWHERE_CLUSTER, old.namespace, old.name))
        if live is not None and (found := objects.text(live, "spec", "eksaVersion")):
            return found
    return old.cluster.spec.eksa_version or ""


def _too_far(before: str, after: str) -> bool:
    one, other = semver.parse(before), semver.parse(after)
    if one is None or other is None or DEVELOPMENT in (one.core, other.core):
        return False
    step = other.core[1] - one.core[1]
    return one.core[0] != other.core[0] or not 0 <= step <= MOST_STEPS
