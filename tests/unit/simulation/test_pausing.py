"""Pausing, moving and losing the objects of a cluster: what a move must get right."""

import copy

import pytest

from bedplate.ports.components import Component
from bedplate.ports.kube import Kind, Ref
from tests.unit.simulation.yard import (
    CLUSTER,
    CONTROL_PLANE,
    ETCD,
    KUBEADM_CONFIG,
    MACHINE,
    MACHINE_DEPLOYMENT,
    MACHINE_SET,
    NAMESPACE,
    PROVIDERS,
    SECRET,
    VSPHERE_CLUSTER,
    VSPHERE_MACHINE,
    VSPHERE_VM,
    condition,
    namespace,
    ref_of,
)

REPORTING = (
    CLUSTER,
    CONTROL_PLANE,
    ETCD,
    MACHINE,
    MACHINE_DEPLOYMENT,
    MACHINE_SET,
    KUBEADM_CONFIG,
    VSPHERE_CLUSTER,
    VSPHERE_MACHINE,
    VSPHERE_VM,
    Kind("cluster.x-k8s.io/v1beta2", "MachineHealthCheck"),
    Kind("bootstrap.cluster.x-k8s.io/v1beta1", "EtcdadmConfig"),
)
# Owners before what they own.
MOVED = (
    SECRET,
    CLUSTER,
    Kind("cluster.x-k8s.io/v1beta2", "MachineHealthCheck"),
    Kind("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereMachineTemplate"),
    Kind("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfigTemplate"),
    VSPHERE_CLUSTER,
    CONTROL_PLANE,
    ETCD,
    MACHINE_DEPLOYMENT,
    MACHINE_SET,
    MACHINE,
    KUBEADM_CONFIG,
    Kind("bootstrap.cluster.x-k8s.io/v1beta1", "EtcdadmConfig"),
    VSPHERE_MACHINE,
    VSPHERE_VM,
)


def reports(yard, kube=None):
    """Return each object's name, what it says of its pause, and whether that is of today."""
    return {
        (kind.kind, obj["metadata"]["name"]): condition(obj, "Paused")
        for kind in REPORTING
        for obj in (kube or yard.bootstrap).list(kind, NAMESPACE)
    }


def pause(yard, *, paused=True, kube=None):
    ref = Ref(CLUSTER, NAMESPACE, "w01")
    return (kube or yard.bootstrap).patch(ref, {"spec": {"paused": paused or None}})


def test_a_pause_is_acknowledged_by_every_controller_and_not_at_once(grown):
    pause(grown)
    grown.sleep(1)
    assert set(reports(grown).values()) == {"False"}
    grown.sleep(1)
    assert set(reports(grown).values()) == {"True"}
    assert len(reports(grown)) > 30


def test_the_acknowledgement_says_for_which_generation_it_is(grown):
    generation = pause(grown)["metadata"]["generation"]
    grown.sleep(2)
    (found,) = [
        one for one in grown.get(CLUSTER, "w01")["status"]["conditions"] if one["type"] == "Paused"
    ]
    assert found["observedGeneration"] == generation


def test_the_end_of_a_pause_is_acknowledged_too(grown):
    pause(grown)
    grown.sleep(5)
    pause(grown, paused=False)
    grown.sleep(5)
    assert set(reports(grown).values()) == {"False"}


def test_a_paused_cluster_is_left_alone(grown):
    pause(grown)
    grown.sleep(5)
    deployment = Ref(MACHINE_DEPLOYMENT, NAMESPACE, "w01-md-0")
    grown.bootstrap.patch(deployment, {"spec": {"replicas": 5}})
    grown.bootstrap.delete(ref_of(grown.machines(control_plane="")[0]))
    grown.sleep(3600)
    assert len(grown.made()) == 7
    assert grown.destroyed() == []
    pause(grown, paused=False)
    grown.sleep(600)
    assert len(grown.destroyed()) == 1
    assert len(grown.made()) == 7 + 3 + 1


def test_before_it_acknowledges_a_controller_may_still_act(grown):
    pause(grown)
    deployment = Ref(MACHINE_DEPLOYMENT, NAMESPACE, "w01-md-0")
    grown.bootstrap.patch(deployment, {"spec": {"replicas": 3}})
    grown.sleep(5)
    assert len(grown.machines(deployment_name="w01-md-0")) == 3


def test_one_object_can_be_paused_by_its_annotation(grown):
    deployment = Ref(MACHINE_DEPLOYMENT, NAMESPACE, "w01-md-0")
    notes = {"cluster.x-k8s.io/paused": "true"}
    grown.bootstrap.patch(deployment, {"metadata": {"annotations": notes}})
    grown.sleep(5)
    assert condition(grown.bootstrap.get(deployment), "Paused") == "True"
    assert condition(grown.get(CLUSTER, "w01"), "Paused") == "False"


# -- moving --------------------------------------------------------------------------------------


@pytest.fixture
def two_sides(grown):
    """The cluster with the providers on it too, and its objects paused where they are."""
    grown.install(grown.cluster, *PROVIDERS)
    grown.apply(grown.cluster, namespace(NAMESPACE))
    pause(grown)
    grown.sleep(5)
    return grown


def copies_of(yard):
    return [obj for kind in MOVED for obj in yard.bootstrap.list(kind, NAMESPACE)]


def move(yard, objects, *, keep_uids=False):
    """Move to the cluster itself; the bootstrap cluster goes."""
    copy_to(yard.cluster, objects, keep_uids=keep_uids)
    yard.ports.bootstrap.delete(yard.kind_name)


def copy_to(kube, objects, *, keep_uids=False):
    """Create copies on another side; new owners, unless the old uids are kept."""
    made = {}
    for obj in objects:
        found = copy.deepcopy(obj)
        old = found["metadata"]["uid"]
        for field in ("uid", "resourceVersion", "managedFields", "generation", "creationTimestamp"):
            found["metadata"].pop(field, None)
        for owner in found["metadata"].get("ownerReferences", []):
            owner["uid"] = owner["uid"] if keep_uids else made.get(owner["uid"], owner["uid"])
        made[old] = kube.create(ref_of(found), found)["metadata"]["uid"]


def in_order(objects):
    """Secrets are owned by what comes later, so they come last here."""
    secrets = [obj for obj in objects if obj["kind"] == "Secret"]
    return [obj for obj in objects if obj["kind"] != "Secret"] + secrets


def test_a_complete_move_makes_and_destroys_nothing(two_sides):
    machines = {m["metadata"]["name"]: m["spec"]["providerID"] for m in two_sides.machines()}
    move(two_sides, in_order(copies_of(two_sides)))
    two_sides.sleep(60)
    assert set(reports(two_sides, two_sides.cluster).values()) == {"True"}
    pause(two_sides, paused=False, kube=two_sides.cluster)
    two_sides.sleep(3600)
    assert len(two_sides.made()) == 7
    assert two_sides.destroyed() == []
    found = two_sides.machines(two_sides.cluster)
    assert {m["metadata"]["name"]: m["spec"]["providerID"] for m in found} == machines
    cluster = two_sides.get(CLUSTER, "w01", two_sides.cluster)
    assert condition(cluster, "Available") == "True"


def test_after_a_move_the_cluster_scales_itself(two_sides):
    move(two_sides, in_order(copies_of(two_sides)))
    pause(two_sides, paused=False, kube=two_sides.cluster)
    deployment = Ref(MACHINE_DEPLOYMENT, NAMESPACE, "w01-md-0")
    two_sides.cluster.patch(deployment, {"spec": {"replicas": 3}})
    two_sides.until(lambda: two_sides.cluster.get(deployment)["status"].get("readyReplicas") == 3)
    assert len(two_sides.made()) == 8


def test_a_move_that_forgets_machines_has_them_made_again(two_sides):
    """What the mistake looks like: new machines beside the old ones."""
    lost = {"Machine", "KubeadmConfig", "VSphereMachine", "VSphereVM"}
    objects = [obj for obj in in_order(copies_of(two_sides)) if obj["kind"] not in lost]
    move(two_sides, objects)
    pause(two_sides, paused=False, kube=two_sides.cluster)
    two_sides.sleep(600)
    assert len(two_sides.made()) > 7


def test_a_move_that_keeps_old_owners_loses_the_machines(two_sides):
    """The garbage collector takes what is owned by nobody here, and CAPV the machines with it."""
    move(two_sides, in_order(copies_of(two_sides)), keep_uids=True)
    two_sides.sleep(60)
    left = two_sides.cluster.list(VSPHERE_VM, NAMESPACE)
    assert all(vm["metadata"]["deletionTimestamp"] for vm in left)
    assert two_sides.destroyed() == []
    pause(two_sides, paused=False, kube=two_sides.cluster)
    two_sides.sleep(60)
    assert two_sides.destroyed() != []


def test_restored_objects_find_their_machines_by_the_bios_uuid(two_sides):
    """The same into a new bootstrap cluster: the old one was lost."""
    objects = in_order(copies_of(two_sides))
    two_sides.world.lose_bootstrap()
    two_sides.bring_bootstrap()
    two_sides.install(two_sides.bootstrap, *PROVIDERS)
    copy_to(two_sides.bootstrap, objects)
    pause(two_sides, paused=False)
    two_sides.sleep(3600)
    assert len(two_sides.made()) == 7
    assert two_sides.destroyed() == []


def test_packages_of_the_site_come_up_on_the_cluster(grown):
    parts = (Component.VSPHERE_CSI, Component.EKS_ANYWHERE, Component.FLUX, Component.PACKAGES)
    grown.install(grown.cluster, *parts)
