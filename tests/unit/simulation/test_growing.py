"""How a cluster comes up: the order of things, and what the objects say meanwhile."""

import pytest

from bedplate.ports.components import Component
from bedplate.ports.kube import Reach, Ref
from bedplate.simulation import SimulatedSite
from tests.unit.simulation.yard import (
    CLUSTER,
    CONTROL_PLANE,
    DEPLOYMENT,
    ETCD,
    KUBEADM_CONFIG,
    MACHINE_DEPLOYMENT,
    MACHINE_SET,
    NAMESPACE,
    NODE,
    PROVIDERS,
    SECRET,
    VSPHERE_CLUSTER,
    VSPHERE_MACHINE,
    VSPHERE_VM,
    Yard,
    condition,
    is_available,
)


def test_a_deployment_takes_its_time_to_be_available(yard):
    yard.bring_bootstrap()
    for manifest in yard.ports.components.release(Component.CLUSTER_API).manifests:
        yard.apply(yard.bootstrap, manifest)
    ref = Ref(DEPLOYMENT, "capi-system", "capi-controller-manager")
    yard.sleep(5)
    assert not is_available(yard.bootstrap.get(ref))
    assert yard.until(lambda: is_available(yard.bootstrap.get(ref)), poll=1) == 5


def test_nothing_happens_to_objects_without_their_controllers(yard):
    yard.bring_bootstrap()
    yard.install(yard.bootstrap, *PROVIDERS)
    for deployment in yard.bootstrap.list(DEPLOYMENT):
        metadata = deployment["metadata"]
        if metadata["namespace"] == "capv-system":
            ref = Ref(DEPLOYMENT, "capv-system", metadata["name"])
            yard.bootstrap.patch(ref, {"spec": {"replicas": 0}})
    yard.order()
    yard.sleep(3600)
    assert "status" not in yard.get(VSPHERE_CLUSTER, "w01")
    assert yard.made() == []


def test_machines_are_ordered_one_after_the_other(grown):
    made = grown.made()
    assert [name.rpartition("-")[0] for name in made[:5]] == ["w01-etcd"] * 3 + ["w01"] * 2
    assert all(name.startswith("w01-md-0-") for name in made[5:])
    times = [event.at for event in grown.world.vm_events()]
    first_etcd, second_etcd, third_etcd, first, second, *workers = times
    assert first_etcd < second_etcd == third_etcd < first < second
    assert workers[0] == workers[1]


def test_every_machine_is_one_virtual_machine_and_one_node(grown):
    machines = grown.machines()
    assert len(machines) == grown.wanted_machines() == 7
    listed = {vm.name: vm for vm in grown.ports.vcenter.virtual_machines("w01-")}
    assert sorted(listed) == sorted(m["metadata"]["name"] for m in machines) == sorted(grown.made())
    for machine in machines:
        name = machine["metadata"]["name"]
        assert machine["spec"]["providerID"] == f"vsphere://{listed[name].uuid}"
        assert listed[name].folder == "/DC0/vm/w01"
        assert listed[name].addresses
    nodes = {node["metadata"]["name"] for node in grown.cluster.list(NODE)}
    with_node = {m["status"]["nodeRef"]["name"] for m in machines if "nodeRef" in m["status"]}
    assert nodes == with_node == {name for name in listed if "etcd" not in name}


def test_objects_are_owned_down_to_the_virtual_machine(grown):
    def owner_of(obj):
        (found,) = [o for o in obj["metadata"]["ownerReferences"] if o.get("controller")]
        return found["kind"], found["name"], found["uid"]

    for machine in grown.machines(deployment_name="w01-md-0"):
        name = machine["metadata"]["name"]
        vm = grown.get(VSPHERE_VM, name)
        vsphere_machine = grown.get(VSPHERE_MACHINE, name)
        config = grown.get(KUBEADM_CONFIG, name)
        uid = machine["metadata"]["uid"]
        assert owner_of(vm) == ("VSphereMachine", name, vsphere_machine["metadata"]["uid"])
        assert owner_of(vsphere_machine) == owner_of(config) == ("Machine", name, uid)
        kind, set_name, _ = owner_of(machine)
        assert kind == "MachineSet"
        machine_set = grown.get(MACHINE_SET, set_name)
        assert owner_of(machine_set)[:2] == ("MachineDeployment", "w01-md-0")
        data = grown.get(SECRET, name)
        assert owner_of(data) == ("KubeadmConfig", name, config["metadata"]["uid"])
    for kind in (CONTROL_PLANE, VSPHERE_CLUSTER):
        assert owner_of(grown.get(kind, "w01"))[:2] == ("Cluster", "w01")


def test_every_owner_reference_leads_to_a_living_object(grown):
    with grown.world.snapshot() as tx:
        rows = tx.all("SELECT uid, owners FROM objects WHERE api LIKE 'kind:%'")
    living = {uid for uid, _ in rows}
    owners = {owner for _, found in rows for owner in found.split()}
    assert len(owners) > 20
    assert owners <= living


def test_statuses_say_that_all_is_well(grown):
    cluster = grown.get(CLUSTER, "w01")
    initialization = {"infrastructureProvisioned": True, "controlPlaneInitialized": True}
    assert cluster["status"]["initialization"] == initialization
    assert cluster["status"]["phase"] == "Provisioned"
    assert cluster["spec"]["controlPlaneEndpoint"] == {"host": "198.18.0.10", "port": 6443}
    plane = grown.get(CONTROL_PLANE, "w01")
    for field in ("replicas", "readyReplicas", "availableReplicas", "upToDateReplicas"):
        assert plane["status"][field] == 2
    deployment = grown.get(MACHINE_DEPLOYMENT, "w01-md-0")
    assert deployment["status"]["readyReplicas"] == 2
    assert deployment["status"]["phase"] == "Running"
    for obj in (cluster, plane, deployment):
        assert condition(obj, "Available") == "True"
        assert condition(obj, "Paused") == "False"
        assert obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
    etcd = grown.get(ETCD, "w01-etcd")
    assert etcd["status"]["ready"] is True
    endpoints = etcd["status"]["endpoints"].split(",")
    assert len(endpoints) == 3
    external = plane["spec"]["kubeadmConfigSpec"]["clusterConfiguration"]["etcd"]["external"]
    assert external["endpoints"] == endpoints


def test_stacked_etcd_needs_no_machines_of_its_own(site, stacked):
    yard = Yard(site, stacked)
    yard.grow()
    assert len(yard.made()) == yard.wanted_machines()
    assert not [name for name in yard.made() if "etcd" in name]


def test_nodes_are_not_ready_before_their_network_is(yard):
    yard.bring_bootstrap()
    yard.install(yard.bootstrap, *PROVIDERS)
    yard.order()
    yard.until(lambda: yard.take_kubeconfig() and yard.cluster.reach() is Reach.ANSWERS)
    yard.sleep(600)
    assert {condition(node, "Ready") for node in yard.cluster.list(NODE)} == {"False"}
    yard.install(yard.cluster, Component.CILIUM)
    yard.sleep(15)
    assert {condition(node, "Ready") for node in yard.cluster.list(NODE)} == {"True"}


def test_other_pods_need_a_ready_node(yard):
    yard.bring_bootstrap()
    yard.install(yard.bootstrap, *PROVIDERS)
    yard.order()
    yard.until(lambda: yard.take_kubeconfig() and yard.cluster.reach() is Reach.ANSWERS)
    for manifest in yard.ports.components.release(Component.CERT_MANAGER).manifests:
        yard.apply(yard.cluster, manifest)
    yard.sleep(600)
    assert not any(is_available(found) for found in yard.cluster.list(DEPLOYMENT))
    yard.install(yard.cluster, Component.CILIUM)
    yard.sleep(30)
    assert all(is_available(found) for found in yard.cluster.list(DEPLOYMENT))


def test_applying_the_same_again_makes_nothing_new(grown):
    made = grown.made()
    grown.order()
    grown.order_workers()
    grown.sleep(3600)
    assert grown.made() == made
    assert grown.destroyed() == []
    assert grown.is_grown()


def test_the_same_is_the_same_in_every_world(tmp_path, spec):
    events = []
    for name in ("a", "b"):
        yard = Yard(SimulatedSite(tmp_path / name), spec)
        yard.grow()
        events.append(yard.world.vm_events())
    assert events[0] == events[1]


@pytest.mark.parametrize(("before", "after"), [(2, 4), (2, 1)])
def test_workers_are_scaled(grown, before, after):
    deployment = Ref(MACHINE_DEPLOYMENT, NAMESPACE, "w01-md-0")
    assert len(grown.machines(deployment_name="w01-md-0")) == before
    grown.bootstrap.patch(deployment, {"spec": {"replicas": after}})

    def is_scaled():
        found = grown.bootstrap.get(deployment)["status"]
        return found["replicas"] == found["readyReplicas"] == after

    grown.until(is_scaled)
    names = {m["metadata"]["name"] for m in grown.machines(deployment_name="w01-md-0")}
    assert len(names) == after
    nodes = {node["metadata"]["name"] for node in grown.cluster.list(NODE)}
    assert {name for name in nodes if "md-0" in name} == names
    assert len(grown.destroyed()) == max(0, before - after)


def test_the_control_plane_grows_one_machine_at_a_time(grown):
    plane = Ref(CONTROL_PLANE, NAMESPACE, "w01")
    grown.bootstrap.patch(plane, {"spec": {"replicas": 4}})
    grown.until(lambda: grown.bootstrap.get(plane)["status"]["readyReplicas"] == 4)
    third, fourth = [event.at for event in grown.world.vm_events()][-2:]
    assert fourth - third >= 55


def test_a_new_machine_version_replaces_the_workers(grown):
    old = {m["metadata"]["name"] for m in grown.machines(deployment_name="w01-md-0")}
    deployment = Ref(MACHINE_DEPLOYMENT, NAMESPACE, "w01-md-0")
    grown.bootstrap.patch(deployment, {"spec": {"template": {"spec": {"version": "v1.35.0"}}}})

    def is_replaced():
        names = {m["metadata"]["name"] for m in grown.machines(deployment_name="w01-md-0")}
        return len(names) == 2 and not names & old

    grown.until(is_replaced)
    assert set(grown.destroyed()) == old
