"""EKSARelease: the object by which a management cluster knows a release of EKS Anywhere."""

from __future__ import annotations

from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names
from bedplate.capi.cluster import build, ref_of
from bedplate.ports.kube import JSON, Kind, Manifest, Ref

EKSA_RELEASE = Kind(kinds.ANYWHERE, "EKSARelease")


def eksa_release_ref(version: str) -> Ref:
    """Return the address of a version's object, as EKS Anywhere names it: eksa-v0-26-0."""
    name = f"eksa-{version.replace('.', '-').replace('+', '-plus-')}"
    return ref_of(EKSA_RELEASE, name)


def eksa_releases(bundle: ChosenBundle) -> tuple[Manifest, ...]:
    """Return the object of a bundle's release; none for a bundle from a file, which has no release.

    Its date and its commit are not known to a chosen bundle, and nobody here reads them.
    """
    if not bundle.eksa_version:
        return ()
    spec: dict[str, JSON] = {
        "version": bundle.eksa_version,
        "releaseDate": "",
        "gitCommit": "",
        "bundleManifestUrl": bundle.source,
        "bundlesRef": {
            "apiVersion": kinds.ANYWHERE,
            "name": f"bundles-{bundle.number}",
            "namespace": names.NAMESPACE,
        },
    }
    ref = eksa_release_ref(bundle.eksa_version)
    return (build(EKSA_RELEASE, ref.name, {"spec": spec}),)
