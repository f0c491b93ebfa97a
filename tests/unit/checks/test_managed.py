"""What a managed cluster asks of its management cluster."""

from dataclasses import replace

import pytest

from bedplate.capi.claim import claim
from bedplate.ports.components import Component
from bedplate.ports.kube import Kind, Ref, Side
from tests.unit.checks.clusters import CLUSTER, RELEASE, eksa_cluster
from tests.unit.checks.place import (
    ANYWHERE,
    blocks,
    changed,
    put,
    ref_of,
    setting,
    spec_of,
    thing,
)

CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
MANAGER = eksa_cluster(
    "mgmt", eksaVersion="v0.26.0", gitOpsRef={"kind": "FluxConfig", "name": "w01"}
)


def managed(documents):
    documents["Cluster"]["spec"]["managementCluster"]["name"] = "mgmt"


def oidc(documents):
    documents["Cluster"]["spec"]["identityProviderRefs"] = [{"kind": "OIDCConfig", "name": "sso"}]
    documents["OIDCConfig/sso"] = thing(
        ANYWHERE,
        "OIDCConfig",
        "sso",
        namespace="",
        spec={"clientId": "kubernetes", "issuerUrl": "https://sso.example.com"},
    )


@pytest.fixture
def spec():
    return spec_of(managed)


@pytest.fixture
def kube(place, spec):
    made = place.api_server(
        spec,
        Side.MANAGEMENT,
        Component.CLUSTER_API,
        Component.ETCDADM_CONTROLLER,
        Component.EKS_ANYWHERE,
    )
    put(made, MANAGER)
    put(made, RELEASE)
    return made


CHECKS = (
    "cluster-name",
    "identity-provider-names",
    "management-cluster",
    "management-crds",
    "management-cluster-name",
    "management-eksa-version",
    "eksa-release",
    "licence-token",
)


@pytest.mark.parametrize("name", CHECKS)
def test_a_fit_management_cluster_passes(look, kube, name):
    assert look(name, spec_of(managed, oidc)) == ()


def test_without_its_api_server_nothing_is_looked_at_and_that_is_said_once(look, spec):
    found = {name: look(name, spec) for name in CHECKS}
    told = {name: findings for name, findings in found.items() if findings}
    assert list(told) == ["management-cluster"]
    assert blocks(told["management-cluster"]) == ["mgmt"]
    assert "--kubeconfig FILE" in told["management-cluster"][0].remedy


def test_a_silent_management_cluster_stops_everything(place, look, spec, kube):
    place.world.stop_bootstrap()
    assert blocks(look("management-cluster", spec)) == ["mgmt"]
    assert look("management-crds", spec) == ()


def test_a_name_that_is_taken_is_refused(look, spec, kube):
    put(kube, CLUSTER)
    (finding,) = look("cluster-name", spec)
    assert blocks([finding]) == ["w01"]
    assert "kubectl get cluster.cluster.x-k8s.io -n eksa-system w01" in finding.remedy


def test_a_name_that_an_earlier_try_of_this_create_took_is_ours(look, spec, kube):
    put(kube, CLUSTER)
    (own, *_) = (document for document in spec.documents() if document["kind"] == "Cluster")
    put(kube, {**own, "metadata": {"name": "w01", "namespace": "default"}})
    assert look("cluster-name", spec) == ()


def test_an_identity_provider_of_the_same_name_must_say_the_same(look, kube):
    other = {"clientId": "other", "issuerUrl": "https://sso.example.com"}
    put(kube, thing(ANYWHERE, "OIDCConfig", "sso", namespace="default", spec=other))
    assert blocks(look("identity-provider-names", spec_of(managed, oidc))) == ["OIDCConfig/sso"]
    same = {**other, "clientId": "kubernetes"}
    put(kube, thing(ANYWHERE, "OIDCConfig", "sso", namespace="default", spec=same))
    assert look("identity-provider-names", spec_of(managed, oidc)) == ()


def test_gitops_is_that_of_the_management_cluster(look, kube):
    spec = spec_of(managed, example="vsphere-gitops")
    (flux,) = (document for document in spec.documents() if document["kind"] == "FluxConfig")
    here = {**flux, "metadata": {"name": "w01", "namespace": "default"}}
    put(kube, here)
    assert look("management-gitops", spec) == ()
    put(kube, changed(here, "spec.branch", "other"))
    assert blocks(look("management-gitops", spec)) == ["FluxConfig/w01"]
    put(kube, eksa_cluster("mgmt", eksaVersion="v0.26.0"))
    assert blocks(look("management-gitops", spec)) == ["Cluster.spec.gitOpsRef"]


def test_definitions_that_go_are_named(look, spec, kube):
    kube.delete(Ref(CRD, "", "clusters.cluster.x-k8s.io"))
    assert blocks(look("management-crds", spec)) == [
        "CustomResourceDefinition clusters.cluster.x-k8s.io"
    ]


def test_external_etcd_needs_its_controllers_on_the_management_cluster(look, spec, kube):
    kube.delete(Ref(CRD, "", "etcdadmclusters.etcdcluster.cluster.x-k8s.io"))
    assert blocks(look("management-crds", spec)) == [
        "CustomResourceDefinition etcdadmclusters.etcdcluster.cluster.x-k8s.io"
    ]


def test_a_name_that_a_broken_create_of_the_same_specification_claimed_is_ours(look, spec, kube):
    put(kube, CLUSTER)
    put(kube, claim(spec))
    assert look("cluster-name", spec) == ()
    put(kube, claim(spec_of(managed, setting("licenseToken", "another"))))
    assert blocks(look("cluster-name", spec)) == ["w01"]


def test_a_management_cluster_that_is_not_there_or_is_managed_itself_is_none(look, spec, kube):
    put(kube, eksa_cluster("mgmt", "other", eksaVersion="v0.26.0"))
    (finding,) = look("management-cluster-name", spec)
    assert "is itself managed by other" in finding.seen
    kube.delete(ref_of(MANAGER))
    (finding,) = look("management-cluster-name", spec)
    assert "no Cluster mgmt there" in finding.seen


@pytest.mark.parametrize("version", ["v0.25.9", "v0.24.0"])
def test_an_older_management_cluster_is_upgraded_first(look, spec, kube, version):
    put(kube, eksa_cluster("mgmt", eksaVersion=version))
    (finding,) = look("management-eksa-version", spec)
    assert version in finding.seen
    assert "upgrade mgmt to v0.26.0 first" in finding.remedy


def test_a_newer_management_cluster_is_fine(look, spec, kube):
    put(kube, eksa_cluster("mgmt", eksaVersion="v0.27.1"))
    assert look("management-eksa-version", spec) == ()


def test_a_release_that_the_management_cluster_does_not_know_is_named(place, look, spec, kube):
    kube.delete(ref_of(RELEASE))
    assert blocks(look("eksa-release", spec)) == ["EKSARelease/eksa-v0-26-0"]
    bundle = replace(place.site.bundle(spec), eksa_version="v0.26.1-dev+build.3")
    assert blocks(look("eksa-release", spec, bundle)) == [
        "EKSARelease/eksa-v0-26-1-dev-plus-build-3"
    ]


def test_a_licence_token_is_for_one_cluster_and_never_shown(look, kube):
    spec = spec_of(managed, setting("licenseToken", "a-token.of.ours"))
    put(kube, eksa_cluster("w02", "mgmt", licenseToken="a-token.of.ours"))
    (finding,) = look("licence-token", spec)
    assert "w02" in finding.seen
    assert "a-token.of.ours" not in str(finding)
    put(kube, eksa_cluster("w02", "mgmt", licenseToken="another"))
    assert look("licence-token", spec) == ()
