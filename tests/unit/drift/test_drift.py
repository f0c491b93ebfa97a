"""Drift on a simulated site: whatever somebody does to a cluster is found and explained."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from bedplate.capi import kinds, names
from bedplate.capi.cluster import build, ref_of
from bedplate.drift import Sort
from bedplate.drift.finding import WHY
from bedplate.engine.journal import Runner
from bedplate.errors import BadInput, Owner
from bedplate.inspection import drift_of, inspect_cluster, living_clusters
from bedplate.ports.kube import Ref
from bedplate.simulation.arrangement import add_machine, remove_object
from bedplate.spec import load_text
from tests.laws.making import Place

PLANE = ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01")
WORKERS = ref_of(kinds.MACHINE_DEPLOYMENT, "w01-md-0")
CLUSTER = ref_of(kinds.CLUSTER, "w01")


def contents(folder: Path) -> dict[str, str]:
    """Everything below a folder: databases by what they hold, files by their digests."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".sqlite":
            with sqlite3.connect(path) as db:
                found[str(path)] = "\n".join(db.iterdump())
        elif path.is_file() and not path.name.endswith(("-wal", "-shm")):
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_a_cluster_as_it_was_made_shows_no_drift(cluster):
    assert cluster.told() == []


def test_a_comparison_changes_nothing_in_the_world_and_nothing_in_the_journal(cluster):
    cluster.kube.patch(PLANE, {"spec": {"replicas": 3}})
    cluster.world.destroy_vm(cluster.world.virtual_machines()[0].name)
    before = contents(cluster.place.folder)

    assert len(cluster.drifts()) > 1

    assert contents(cluster.place.folder) == before


def test_every_sort_says_why_it_matters():
    assert set(WHY) == set(Sort)


def test_a_virtual_machine_that_no_machine_stands_for_is_told_to_who_can_destroy_it(cluster):
    add_machine(cluster.world, "/DC0/vm/w01/w01-md-0-bcdfg-hjklm", "198.19.3.4")
    add_machine(cluster.world, "/DC0/vm/w01/w01-east-md-0-bcdfg-hjklm", "198.19.3.5")

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.owner) == (Sort.VM_UNOWNED, Owner.VSPHERE)
    assert drift.target == "virtual machine /DC0/vm/w01/w01-md-0-bcdfg-hjklm"


def test_a_second_virtual_machine_of_one_machine_is_found_by_its_uuid(cluster):
    first = cluster.world.virtual_machines("w01-md-0")[0]
    add_machine(cluster.world, f"/DC0/vm/elsewhere/{first.name}")

    assert cluster.told() == [("vm-unowned", f"virtual machine /DC0/vm/elsewhere/{first.name}")]


def test_a_machine_whose_virtual_machine_was_destroyed_is_found(cluster):
    victim = cluster.world.virtual_machines("w01-md-0")[0].name
    cluster.world.destroy_vm(victim)

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (Sort.VM_GONE, f"Machine eksa-system/{victim}")
    assert drift.remedy.endswith(f"kubectl delete machine -n eksa-system {victim}")


def test_a_field_that_somebody_changed_is_told_with_both_values(cluster):
    cluster.kube.patch(WORKERS, {"spec": {"replicas": 4}})

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (Sort.CHANGED, "MachineDeployment eksa-system/w01-md-0")
    assert drift.seen == "spec.replicas is 4, not 2"
    assert "kubectl edit machinedeployment.cluster.x-k8s.io" in drift.remedy


def test_a_changed_secret_is_told_without_its_value(cluster):
    secret = ref_of(kinds.SECRET, "w01-vsphere-credentials")
    cluster.kube.patch(secret, {"data": {"password": "aHVudGVyMg=="}})

    (drift,) = cluster.drifts()

    assert drift.seen == "data.password differs"


def test_the_specification_that_the_cluster_keeps_of_itself_is_compared_too(cluster):
    own = Ref(kinds.ANYWHERE_CLUSTER, "default", "w01")
    cluster.kube.patch(own, {"spec": {"controlPlaneConfiguration": {"count": 5}}})

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (Sort.CHANGED, "Cluster default/w01")
    assert drift.seen == "spec.controlPlaneConfiguration.count is 5, not 2"


def test_an_upgrade_that_no_run_of_ours_asked_for_is_foreign(cluster):
    cluster.kube.patch(PLANE, {"spec": {"version": "v1.35.0-eks-1-35-1"}})

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (
        Sort.FOREIGN_UPGRADE,
        "KubeadmControlPlane eksa-system/w01",
    )
    assert drift.seen == "Kubernetes v1.35.0-eks-1-35-1; what our runs asked for is 1.34"


def test_a_patch_that_no_run_of_ours_asked_for_is_foreign_too(cluster):
    template = {"template": {"spec": {"version": "v1.34.99-eks-1-34-99"}}}
    cluster.kube.patch(WORKERS, {"spec": template})

    (drift,) = cluster.drifts()

    assert drift.sort is Sort.FOREIGN_UPGRADE
    assert "v1.34.99-eks-1-34-99" in drift.seen


def test_an_owner_that_uses_another_template_is_compared_by_what_that_says(cluster):
    kind = kinds.VSPHERE_MACHINE_TEMPLATE
    live = cluster.kube.get(ref_of(kind, "w01-md-0-1"))
    machine = {**live["spec"]["template"]["spec"], "memoryMiB": 4096}
    mine = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": "mine", "namespace": names.NAMESPACE},
        "spec": {"template": {"spec": machine}},
    }
    cluster.kube.create(ref_of(kind, "mine"), mine)
    used = {"template": {"spec": {"infrastructureRef": {"name": "mine"}}}}
    cluster.kube.patch(WORKERS, {"spec": used})

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (
        Sort.TEMPLATE_CHANGED,
        "VSphereMachineTemplate eksa-system/mine",
    )
    assert drift.seen == "spec.template.spec.memoryMiB is 4096, not 8192"
    assert drift.owner is Owner.SPEC_AUTHOR


def test_a_template_that_vcenter_lost_is_told_before_the_next_machine_needs_it(cluster):
    (path,) = {one["spec"]["template"]["spec"]["template"] for one in templates(cluster)}
    remove_object(cluster.world, path)

    assert cluster.told() == [("template-gone", f"template {path}")]


def templates(cluster):
    return cluster.kube.list(kinds.VSPHERE_MACHINE_TEMPLATE, names.NAMESPACE)


def test_an_object_that_somebody_deleted_is_missing(cluster):
    cluster.kube.delete(ref_of(kinds.MACHINE_HEALTH_CHECK, "w01-kcp-unhealthy"))

    assert cluster.told() == [("missing", "MachineHealthCheck eksa-system/w01-kcp-unhealthy")]


def test_a_worker_group_that_nobody_asked_for_is_told_with_its_machines(cluster):
    group = dict(cluster.kube.get(WORKERS))
    group["metadata"] = {
        "name": "w01-extra",
        "namespace": names.NAMESPACE,
        "labels": {kinds.CLUSTER_NAME_LABEL: "w01"},
    }
    group["spec"] = {**group["spec"], "replicas": 1}
    cluster.kube.create(ref_of(kinds.MACHINE_DEPLOYMENT, "w01-extra"), group)
    cluster.world.advance(cluster.world.now() + 600)

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (Sort.UNASKED, "MachineDeployment eksa-system/w01-extra")
    (machine,) = [m.name for m in cluster.world.virtual_machines("w01-extra")]
    assert machine in drift.seen


def test_a_machine_without_a_controller_is_told(cluster):
    machine = cluster.kube.list(kinds.MACHINE, names.NAMESPACE)[-1]["metadata"]["name"]
    bare = {"metadata": {"ownerReferences": [], "labels": {"cluster.x-k8s.io/set-name": "none"}}}
    cluster.kube.patch(ref_of(kinds.MACHINE, machine), bare)

    assert ("unasked", f"Machine eksa-system/{machine}") in cluster.told()


def test_a_node_that_no_machine_stands_for_is_told(cluster):
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "stranger"}}
    cluster.kube.create(Ref(kinds.NODE, "", "stranger"), node)

    assert cluster.told() == [("node-unowned", "Node stranger")]


@pytest.mark.parametrize(
    ("ref", "change", "remedy"),
    [
        (CLUSTER, {"spec": {"paused": True}}, '{"spec":{"paused":false}}'),
        (
            PLANE,
            {"metadata": {"annotations": {"cluster.x-k8s.io/paused": "by hand"}}},
            "kubectl annotate kubeadmcontrolplane.controlplane.cluster.x-k8s.io",
        ),
        (
            Ref(kinds.ANYWHERE_CLUSTER, "default", "w01"),
            {"metadata": {"annotations": {"anywhere.eks.amazonaws.com/paused": "true"}}},
            "anywhere.eks.amazonaws.com/paused-",
        ),
    ],
)
def test_what_was_paused_and_left_so_is_told_with_the_command_that_ends_it(
    cluster, ref, change, remedy
):
    cluster.kube.patch(ref, change)

    (drift,) = cluster.drifts()

    assert (drift.sort, drift.target) == (Sort.PAUSED, ref.identity)
    assert remedy in drift.remedy


def test_a_pause_of_ours_is_told_from_another(cluster):
    marks = {"annotations": {"cluster.x-k8s.io/paused": "bedplate"}}
    cluster.kube.patch(PLANE, {"metadata": marks})

    (drift,) = cluster.drifts()

    assert drift.seen == "a run of ours paused it and never ended the pause"


def test_a_controller_that_was_stopped_is_told(cluster):
    deployment = Ref(kinds.DEPLOYMENT, "capi-system", "capi-controller-manager")
    cluster.kube.patch(deployment, {"spec": {"replicas": 0}})

    assert cluster.told() == [
        ("controller-stopped", "Deployment capi-system/capi-controller-manager")
    ]


def test_a_bootstrap_cluster_that_nobody_needs_is_told(cluster):
    ports = cluster.place.site.open(load_text(cluster.place.text))
    ports.bootstrap.create("w01-eks-a-cluster", {})

    assert cluster.told() == [("bootstrap-left", "KinD cluster w01-eks-a-cluster")]


def test_a_run_that_stands_half_done_is_told_and_nothing_is_expected_of_it(tmp_path):
    place = Place(tmp_path)
    place.create(last="control-plane")
    (run,) = place.journal.runs()

    (drift,) = drift_of(inspect_cluster(place.site, place.journal, "w01")).drifts

    assert (drift.sort, drift.remedy) == (Sort.RUN_UNFINISHED, f"bedplate resume {run.id}")
    place.journal.close()


def test_a_cluster_that_somebody_works_on_is_not_compared(cluster):
    cluster.kube.patch(WORKERS, {"spec": {"replicas": 4}})
    me = Runner("me", "elsewhere", 1, "then")
    cluster.place.journal.acquire("w01", "0123456789ab", "upgrade", me)

    found = cluster.comparison()

    assert found.drifts == ()
    assert [part.code for part in found.unseen] == ["CLUSTER_BUSY"]
    assert not found.has_failed


def test_a_silent_api_server_is_told_and_the_rest_is_still_compared(cluster):
    cluster.world.silence_cluster("w01")

    found = cluster.comparison()

    assert {(part.part, part.code) for part in found.unseen} == {
        ("Cluster API", "CLUSTER_SILENT"),
        ("nodes", "CLUSTER_SILENT"),
    }
    assert found.has_failed


def test_a_vcenter_that_lets_nobody_in_is_told_and_the_rest_is_still_compared(cluster):
    cluster.place.site.vault.put("vcenter/password", "wrong")
    cluster.kube.patch(WORKERS, {"spec": {"replicas": 4}})

    found = cluster.comparison()

    assert [(part.part, part.code) for part in found.unseen] == [("vCenter", "AUTH_DENIED")]
    assert "spec.replicas is 4, not 2" in [drift.seen for drift in found.drifts]


def test_a_cluster_that_was_deleted_is_not_known_any_more(cluster):
    cluster.place.delete()

    assert list(living_clusters(cluster.place.journal, "simulated")) == []
    with pytest.raises(BadInput) as caught:
        inspect_cluster(cluster.place.site, cluster.place.journal, "w01")
    assert caught.value.code == "CLUSTER_UNKNOWN"


def test_objects_that_no_comparison_names_can_come_and_go(cluster):
    ref = Ref(kinds.CONFIG_MAP, "default", "a")
    cluster.kube.create(ref, build(kinds.CONFIG_MAP, "a", {}, namespace="default"))

    assert cluster.told() == []
