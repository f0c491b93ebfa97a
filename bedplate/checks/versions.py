"""Versions of EKS Anywhere, and how long a Kubernetes version is supported.

That the bundle has the Kubernetes versions, and that signatures and licence tokens are good, is
decided when the bundle is chosen (bedplate.bundles.resolve); that a version is a text, when the
specification is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bedplate.bundles import semver
from bedplate.bundles.manifests import day
from bedplate.bundles.support import is_extended
from bedplate.bundles.versions_bundle import VersionsBundle
from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner

EKSA_FIELD = "Cluster.spec.eksaVersion"
KUBERNETES_FIELD = "Cluster.spec.kubernetesVersion"
SOON = timedelta(days=60)


def eksa_version(scene: Scene) -> Findings:
    """The specification's version is the release's own, to the patch; a bundle alone has none."""
    asked, release = scene.spec.cluster.spec.eksa_version, scene.bundle.eksa_version
    if not asked or not release or semver.parse(asked) == semver.parse(release):
        return
    yield block(
        EKSA_FIELD,
        f"the specification asks for {asked}, the release in use is {release}",
        f"write eksaVersion: {release}, leave the field out, or choose the release {asked}",
        Owner.SPEC_AUTHOR,
    )


def extended_support(scene: Scene) -> Findings:
    """After the end of standard support a version needs a licence token."""
    now = datetime.fromtimestamp(scene.clock.now(), UTC)
    licensed = bool(scene.spec.cluster.spec.license_token)
    for version, bundle in _by_version(scene):
        target = f"Kubernetes {version}"
        if is_extended(bundle, now):
            if not licensed:
                yield block(
                    target,
                    f"standard support ended on {bundle.end_of_standard_support}, and the"
                    " specification has no licenseToken",
                    f"set Cluster.spec.licenseToken, or raise {KUBERNETES_FIELD}",
                    Owner.SPEC_AUTHOR,
                )
        elif _ends_before(bundle, now + SOON):
            yield warn(
                target,
                f"standard support ends on {bundle.end_of_standard_support}",
                f"plan the upgrade, or choose a newer {KUBERNETES_FIELD} now",
                Owner.SPEC_AUTHOR,
            )


def _by_version(scene: Scene) -> Iterator[tuple[str, VersionsBundle]]:
    for version, versions in scene.bundle.versions.items():
        yield version, versions.bundle


def _ends_before(bundle: VersionsBundle, moment: datetime) -> bool:
    last = day(bundle.end_of_standard_support) if bundle.end_of_standard_support else None
    return last is not None and last < moment.date()
