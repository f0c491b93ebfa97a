"""What runs on a cluster besides Cluster API: Flux, EKS Anywhere's controller, storage."""

import pytest

from bedplate.errors import PermanentError
from bedplate.ports.components import Component
from bedplate.ports.kube import Kind, Ref
from tests.unit.simulation.yard import condition, ref_of

URL = "ssh://git@git.example.com/platform/clusters.git"
GIT_REPOSITORY = Kind("source.toolkit.fluxcd.io/v1", "GitRepository")
KUSTOMIZATION = Kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
ANYWHERE = Kind("anywhere.eks.amazonaws.com/v1alpha1", "Cluster")


def flux_object(kind, spec):
    metadata = {"name": "flux-system", "namespace": "flux-system"}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "spec": spec}


@pytest.fixture
def reading(grown):
    """A cluster on which Flux reads a repository that is still empty."""
    grown.install(grown.cluster, Component.FLUX)
    source = {"url": URL, "ref": {"branch": "main"}}
    grown.apply(grown.cluster, flux_object(GIT_REPOSITORY, source))
    reference = {"kind": "GitRepository", "name": "flux-system"}
    path = {"path": "./clusters/w01", "sourceRef": reference}
    grown.apply(grown.cluster, flux_object(KUSTOMIZATION, path))
    grown.sleep(60)
    return grown


def ready(yard, kind):
    found = yard.cluster.get(Ref(kind, "flux-system", "flux-system"))
    return condition(found, "Ready")


def test_flux_is_not_ready_before_something_is_pushed(reading):
    assert ready(reading, GIT_REPOSITORY) == "False"
    assert ready(reading, KUSTOMIZATION) == "False"


def test_flux_notices_a_push_and_needs_files_at_its_path(reading):
    reading.ports.git.commit(URL, "main", {"README.md": "hello"}, "Begin")
    reading.sleep(5)
    assert ready(reading, GIT_REPOSITORY) == "True"
    assert ready(reading, KUSTOMIZATION) == "False"
    head = reading.ports.git.commit(URL, "main", {"clusters/w01/a.yaml": "a"}, "Add w01")
    reading.sleep(5)
    assert ready(reading, KUSTOMIZATION) == "True"
    found = reading.cluster.get(Ref(GIT_REPOSITORY, "flux-system", "flux-system"))
    assert found["status"]["artifact"]["revision"] == f"main@sha1:{head}"


def test_flux_does_nothing_before_it_runs(grown):
    for manifest in grown.ports.components.release(Component.FLUX).manifests:
        grown.apply(grown.cluster, manifest)
    grown.apply(grown.cluster, flux_object(GIT_REPOSITORY, {"url": URL}))
    grown.sleep(5)
    found = grown.cluster.get(Ref(GIT_REPOSITORY, "flux-system", "flux-system"))
    assert "status" not in found


def test_eks_anywhere_says_of_its_cluster_what_is_so(grown):
    grown.install(grown.cluster, Component.EKS_ANYWHERE)
    for document in grown.spec.documents():
        grown.apply(grown.cluster, document)
    ref = Ref(ANYWHERE, grown.spec.namespace, "w01")
    grown.sleep(30)
    found = grown.cluster.get(ref)
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    # Cluster API's objects are still on the bootstrap cluster.
    assert condition(found, "Ready") == "False"
    assert condition(found, "DefaultCNIConfigured") == "True"


@pytest.mark.parametrize("component", Component)
def test_every_component_can_be_applied_in_its_order_and_again(grown, component):
    release = grown.ports.components.release(component)
    assert release.component is component
    assert release.version.startswith("v")
    for manifest in release.manifests:
        first = grown.apply(grown.cluster, manifest)
        assert grown.apply(grown.cluster, manifest) == first
    images = [
        container["image"]
        for manifest in release.manifests
        if manifest["kind"] in ("Deployment", "DaemonSet")
        for container in manifest["spec"]["template"]["spec"]["containers"]
    ]
    assert images
    assert all(image.endswith(f":{release.version}") for image in images)


def test_a_component_can_be_removed_again(grown):
    release = grown.ports.components.release(Component.FLUX)
    grown.install(grown.cluster, Component.FLUX)
    for manifest in reversed(release.manifests):
        grown.cluster.delete(ref_of(manifest))
    grown.sleep(5)
    assert [m for m in release.manifests if grown.cluster.get(ref_of(m)) is not None] == []


def test_what_is_in_no_bundle_is_missing(grown):
    with pytest.raises(PermanentError) as caught:
        grown.ports.components.release("unheard-of")
    assert caught.value.code == "BUNDLE_MISSING"
