"""The objects by which EKS Anywhere's controller knows what clusters may consist of.

It looks the EKSARelease of a Cluster up, that one's Bundles, and in them the EKS Distro Release of
the Cluster's Kubernetes version; without one of them a Cluster never becomes Ready. All three are
in its own namespace, as they were published.
"""

from __future__ import annotations

from bedplate.bundles import ChosenBundle
from bedplate.bundles.documents import Table
from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.ports.kube import JSON, Kind, Manifest, Ref

EKSA_RELEASE = Kind(kinds.ANYWHERE, "EKSARelease")


def eksa_release_ref(version: str) -> Ref:
    """Return the address of a version's object, as EKS Anywhere names it: eksa-v0-26-0."""
    name = f"eksa-{version.replace('.', '-').replace('+', '-plus-')}"
    return ref_of(EKSA_RELEASE, name)


def bundle_objects(bundle: ChosenBundle) -> tuple[Manifest, ...]:
    """Return the objects of a bundle, in the order in which each is there before it is named."""
    bundles = _here(bundle.written, _name(bundle))
    return (*distro_releases(bundle), bundles, *_eksa_releases(bundle))


def distro_releases(bundle: ChosenBundle) -> tuple[Manifest, ...]:
    """Return the EKS Distro releases of the Kubernetes versions that were asked for."""
    return tuple(
        _here(version.written, version.distro.name) for version in bundle.versions.values()
    )


def _name(bundle: ChosenBundle) -> str:
    """Return what the bundle calls itself, else what EKS Anywhere would call it."""
    return objects.name(bundle.written) or f"bundles-{bundle.number}"


def _here(written: Table, name: str) -> Manifest:
    """Put what was published into EKS Anywhere's namespace; it names none itself."""
    manifest: Manifest = written
    own = objects.mapping(manifest, "metadata")
    metadata = {**own, "name": name, "namespace": names.NAMESPACE}
    metadata.pop("creationTimestamp", None)
    return {**manifest, "metadata": metadata}


def _eksa_releases(bundle: ChosenBundle) -> tuple[Manifest, ...]:
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
            "name": _name(bundle),
            "namespace": names.NAMESPACE,
        },
    }
    ref = eksa_release_ref(bundle.eksa_version)
    return (build(EKSA_RELEASE, ref.name, {"spec": spec}),)
