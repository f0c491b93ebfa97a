"""The bundle that EKS Anywhere's own renderings were made with, chosen for a specification."""

import functools
from datetime import UTC, datetime
from pathlib import Path

from bedplate.bundles import ChosenBundle
from bedplate.bundles.resolve import Demand, Request, resolve
from bedplate.spec import ClusterSpec

SHARED = Path(__file__).parents[2].parent / "shared" / "eksa"
BUNDLES = SHARED / "bundles"

LONG_AGO = datetime(2021, 12, 1, tzinfo=UTC)
"""When the Kubernetes versions of the goldens were supported."""


class Files:
    """Manifests as files, by their paths."""

    def read(self, uri: str) -> bytes:
        return Path(uri).read_bytes()


def golden_bundle(spec: ClusterSpec) -> ChosenBundle:
    """Return the bundle of shared/eksa with the Kubernetes versions that a specification asks for.

    Raises PermanentError for a version that it has not, FileNotFoundError where the data is not
    there. Nobody signed this bundle.
    """
    asked = {spec.kubernetes_version, *(spec.worker_version(group) for group in spec.workers)}
    return _chosen(tuple(sorted(asked)))


@functools.cache
def _chosen(versions: tuple[str, ...]) -> ChosenBundle:
    address = str(BUNDLES / "bundles.yaml")
    return resolve(Files(), Request(LONG_AGO, versions, address, demand=Demand.REPORT))
