"""An upgrade's checks: the cluster's health, the versions, and what runs in the cluster."""

import re

import pytest

from bedplate.checks import upgrade_checks
from bedplate.errors import Owner
from bedplate.ports.kube import Kind, Ref, Side
from tests.unit.checks import clusters
from tests.unit.checks.place import blocks, changed, one, put, ref_of, setting, spec_of, warnings

NEWER = setting("kubernetesVersion", "1.35")


@pytest.fixture
def old():
    return spec_of()


@pytest.fixture
def kube(place, old):
    """The API server of a cluster that manages itself and is well."""
    return clusters.healthy(place, old, Side.CLUSTER)


@pytest.fixture
def look(place, old, kube):
    """Run the check of a name for an upgrade to a new specification."""

    def run(name, new=None, before=None):
        target = new or spec_of(NEWER)
        check = one(upgrade_checks(before or old, target), name)
        findings = check.probe(place.scene(target))
        for finding in findings:
            assert finding.target
            assert finding.seen
            assert finding.remedy
        return findings

    return run


def test_a_healthy_cluster_passes_every_check(place, old, kube):
    new = spec_of(NEWER)
    scene = place.scene(new)
    found = {check.name: check.probe(scene) for check in upgrade_checks(old, new)}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_the_order_is_that_of_eks_anywhere(old):
    assert [check.name for check in upgrade_checks(old, old)] == [
        "registry",
        "control-plane-ready",
        "etcd-ready",
        "workers-ready",
        "machines-settled",
        "nodes-ready",
        "crds-ready",
        "cluster-object",
        "not-paused",
        "upgrade-versions",
        "immutable-fields",
        "eksa-version",
        "extended-support",
        "pod-disruption",
        "custom-webhook",
        "eksa-version-skew",
        "pod-network-size",
        "dns",
    ]


def test_a_cluster_without_a_known_api_server_says_so(place, old):
    check = one(upgrade_checks(old, old), "nodes-ready")
    scene = place.scene(old, kube={})
    (finding,) = check.probe(scene)
    assert "w01/kubeconfig" in finding.remedy


# -- health --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "manifest", "path", "value", "words"),
    [
        (
            "control-plane-ready",
            clusters.CONTROL_PLANE,
            "status.readyReplicas",
            1,
            "1 of 2 machines are ready",
        ),
        (
            "control-plane-ready",
            clusters.CONTROL_PLANE,
            "status.upToDateReplicas",
            0,
            "0 of 2 machines are up to date",
        ),
        (
            "control-plane-ready",
            clusters.CONTROL_PLANE,
            "status.replicas",
            3,
            "a rollout is under way",
        ),
        (
            "control-plane-ready",
            clusters.CONTROL_PLANE,
            "status.observedGeneration",
            0,
            "has not seen its newest state",
        ),
        ("control-plane-ready", clusters.CONTROL_PLANE, "status.conditions", [], "not available"),
        ("etcd-ready", clusters.ETCD_CLUSTER, "status", {"readyReplicas": 2}, "2 of 3 etcd"),
        ("workers-ready", clusters.WORKERS, "status.readyReplicas", 1, "1 of 2 machines are ready"),
        ("machines-settled", clusters.MACHINE, "status.phase", "Failed", "it is Failed"),
        (
            "nodes-ready",
            clusters.NODE,
            "status.conditions",
            [
                {
                    "type": "Ready",
                    "status": "Unknown",
                    "reason": "NodeStatusUnknown",
                    "message": "gone",
                }
            ],
            "NodeStatusUnknown: gone",
        ),
        (
            "nodes-ready",
            clusters.NODE,
            "status.conditions",
            [clusters.true("Ready"), clusters.true("DiskPressure")],
            "DiskPressure",
        ),
        ("not-paused", clusters.CLUSTER, "spec.paused", True, "somebody paused it"),
        (
            "not-paused",
            clusters.CONTROL_PLANE,
            "metadata.annotations",
            {"cluster.x-k8s.io/paused": ""},
            "somebody paused it",
        ),
        (
            "not-paused",
            clusters.OWN,
            "metadata.annotations",
            {"anywhere.eks.amazonaws.com/paused": "true"},
            "anywhere.eks.amazonaws.com/paused",
        ),
        ("not-paused", clusters.CONTROLLER, "spec.replicas", 0, "scaled to 0"),
        ("not-paused", clusters.CONTROLLER, "status", {}, "0 of 1 of its pods are ready"),
    ],
)
def test_an_ill_cluster_is_not_upgraded(kube, look, check, manifest, path, value, words):
    assert look(check) == ()
    ill = changed(manifest, path, value)
    put(kube, ill)
    (finding,) = look(check)
    assert finding.target == ref_of(manifest).identity
    assert words in finding.seen
    assert "kubectl" in finding.remedy
    assert not re.search(r"kubectl \w+ cluster ", finding.remedy), "that is EKS Anywhere's"
    assert blocks([finding])


@pytest.mark.parametrize(
    ("check", "manifest"),
    [
        ("control-plane-ready", clusters.CONTROL_PLANE),
        ("etcd-ready", clusters.ETCD_CLUSTER),
        ("workers-ready", clusters.WORKERS),
        ("cluster-object", clusters.CLUSTER),
        ("cluster-object", clusters.OWN),
        ("not-paused", clusters.CONTROLLER),
    ],
)
def test_what_is_missing_is_named(kube, look, check, manifest):
    kube.delete(ref_of(manifest))
    (finding,) = look(check)
    assert manifest["metadata"]["name"] in finding.target
    assert "there is none" in finding.seen


def test_a_cluster_without_nodes_is_not_ready(kube, look):
    for node in kube.list(Kind("v1", "Node")):
        kube.delete(ref_of(node))
    assert blocks(look("nodes-ready")) == ["Node of w01"]


def test_a_machine_that_is_going_is_waited_for(kube, look):
    going = {**clusters.MACHINE, "metadata": {**clusters.MACHINE["metadata"]}}
    going["metadata"]["finalizers"] = ["machine.cluster.x-k8s.io"]
    put(kube, going)
    kube.delete(ref_of(going))
    (finding,) = look("machines-settled")
    assert "is being deleted" in finding.seen


def test_machines_of_other_clusters_do_not_matter(kube, look):
    other = changed(clusters.MACHINE, "metadata.name", "w02-abcde")
    other = changed(other, "metadata.labels", {"cluster.x-k8s.io/cluster-name": "w02"})
    put(kube, changed(other, "status.phase", "Failed"))
    assert look("machines-settled") == ()


def test_a_cordoned_node_is_a_warning(kube, look):
    put(kube, changed(clusters.NODE, "spec", {"unschedulable": True}))
    findings = look("nodes-ready")
    assert blocks(findings) == []
    assert warnings(findings) == ["Node w01-abcde"]
    assert "kubectl uncordon w01-abcde" in findings[0].remedy


def test_a_definition_that_goes_is_named(kube, look):
    name = "clusters.anywhere.eks.amazonaws.com"
    kube.delete(Ref(Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition"), "", name))
    assert blocks(look("crds-ready")) == [f"CustomResourceDefinition {name}"]


def test_a_group_that_the_upgrade_adds_is_not_looked_for(look):
    added = {
        "name": "md-1",
        "count": 1,
        "machineGroupRef": {"kind": "VSphereMachineConfig", "name": "w01"},
    }

    def grown(documents):
        documents["Cluster"]["spec"]["workerNodeGroupConfigurations"].append(added)

    assert look("workers-ready", spec_of(grown)) == ()


# -- versions and fields -------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.33", "1.36"])
def test_kubernetes_goes_one_minor_version_at_a_time(look, version):
    (finding,) = look("upgrade-versions", spec_of(setting("kubernetesVersion", version)))
    assert "Cluster.spec.kubernetesVersion" in finding.target
    assert finding.owner is Owner.SPEC_AUTHOR


def test_a_field_that_cannot_change_is_told_with_its_place(look):
    moved = setting("controlPlaneConfiguration.endpoint.host", "198.18.0.11")
    (finding,) = look("immutable-fields", spec_of(moved))
    assert finding.target.startswith("w01.yaml:")
    assert "endpoint.host" in finding.target
    assert "198.18.0.10" in finding.remedy
    assert look("upgrade-versions", spec_of(moved)) == ()


@pytest.mark.parametrize("running", ["v0.25.3", "v0.26.0"])
def test_eks_anywhere_goes_one_minor_version_at_a_time(kube, look, running):
    put(kube, clusters.eksa_cluster("w01", eksaVersion=running))
    assert look("eksa-version-skew", spec_of(NEWER)) == ()


@pytest.mark.parametrize("running", ["v0.24.9", "v0.27.0", "v1.26.0"])
def test_a_leap_of_eks_anywhere_is_refused_by_what_the_cluster_runs(kube, look, running):
    put(kube, clusters.eksa_cluster("w01", eksaVersion=running))
    (finding,) = look("eksa-version-skew", spec_of(NEWER))
    assert f"runs {running}" in finding.seen
    waived = setting("kubernetesVersion", "1.35")

    def annotated(documents):
        metadata = documents["Cluster"]["metadata"]
        metadata["annotations"] = {
            "anywhere.eks.amazonaws.com/skip-eksa-version-skew-check": "true"
        }

    assert look("eksa-version-skew", spec_of(waived, annotated)) == ()


def test_a_leap_in_the_files_is_told_by_the_check_that_can_be_skipped(look):
    before, after = setting("eksaVersion", "v0.24.0"), setting("eksaVersion", "v0.26.0")
    findings = look("eksa-version-skew", spec_of(after), spec_of(before))
    assert [finding.target.endswith("Cluster.spec.eksaVersion") for finding in findings] == [True]
    assert look("upgrade-versions", spec_of(after), spec_of(before)) == ()
