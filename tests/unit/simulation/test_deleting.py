"""How a cluster goes: everything it consists of, in order, and nothing else."""

from bedplate.ports.kube import Reach, Ref
from tests.unit.simulation.yard import (
    CLUSTER,
    CONTROL_PLANE,
    ETCD,
    MACHINE,
    MACHINE_DEPLOYMENT,
    NAMESPACE,
    NODE,
    SECRET,
    VSPHERE_CLUSTER,
    VSPHERE_MACHINE,
    VSPHERE_VM,
)


def test_deleting_the_cluster_deletes_its_machines_and_then_itself(grown):
    made = grown.made()
    grown.bootstrap.delete(Ref(CLUSTER, NAMESPACE, "w01"))
    assert grown.get(CLUSTER, "w01") is not None
    grown.until(lambda: grown.get(CLUSTER, "w01") is None)
    grown.sleep(10)
    kinds = (CONTROL_PLANE, ETCD, MACHINE, MACHINE_DEPLOYMENT, VSPHERE_CLUSTER)
    for kind in (*kinds, VSPHERE_MACHINE, VSPHERE_VM):
        assert grown.bootstrap.list(kind, NAMESPACE) == []
    assert sorted(grown.destroyed()) == sorted(made)
    assert grown.ports.vcenter.virtual_machines("") == []
    assert grown.cluster.reach() is Reach.SILENT
    left = {secret["metadata"]["name"] for secret in grown.bootstrap.list(SECRET, NAMESPACE)}
    # A ClusterResourceSet belongs to no cluster: it stays, and what it names with it.
    sets = {"w01-cloud-controller-manager", "w01-cloud-provider-vsphere-credentials"}
    assert left == {"vsphere-credentials"} | sets


def test_workers_go_first_and_etcd_last(grown):
    grown.bootstrap.delete(Ref(CLUSTER, NAMESPACE, "w01"))
    grown.until(lambda: grown.get(CLUSTER, "w01") is None)
    groups = [name.rpartition("-")[0] for name in grown.destroyed()]
    assert groups[:2] == [groups[0]] * 2
    assert groups[0].startswith("w01-md-0-")
    assert groups[2:] == ["w01"] * 2 + ["w01-etcd"] * 3


def test_what_the_machines_took_is_given_back(grown):
    def free():
        with grown.world.snapshot() as tx:
            return tx.all("SELECT path, used FROM inventory WHERE total IS NOT NULL ORDER BY path")

    assert [used for _, used in free()] == [7 * 25, 7 * 8192]
    grown.bootstrap.delete(Ref(CLUSTER, NAMESPACE, "w01"))
    grown.until(lambda: grown.get(CLUSTER, "w01") is None)
    assert [used for _, used in free()] == [0, 0]


def test_one_deleted_machine_takes_its_node_along_and_is_replaced(grown):
    (victim, other) = grown.machines(deployment_name="w01-md-0")
    name = victim["metadata"]["name"]
    grown.bootstrap.delete(Ref(MACHINE, NAMESPACE, name))
    grown.until(lambda: name in grown.destroyed() and grown.is_grown())
    assert grown.destroyed() == [name]
    assert len(grown.made()) == 8
    nodes = {node["metadata"]["name"] for node in grown.cluster.list(NODE)}
    assert name not in nodes
    assert other["metadata"]["name"] in nodes


def test_a_bootstrap_cluster_that_is_deleted_leaves_the_machines_alone(grown):
    grown.ports.bootstrap.delete(grown.kind_name)
    grown.sleep(3600)
    assert grown.destroyed() == []
    assert len(grown.ports.vcenter.virtual_machines("w01-")) == 7
    assert grown.cluster.reach() is Reach.ANSWERS


def test_a_cluster_of_the_same_name_is_another_cluster(grown):
    """The kubeconfig of the old one does not open the new one."""
    old = grown.ports.vault.get("w01/kubeconfig")
    grown.bootstrap.delete(Ref(CLUSTER, NAMESPACE, "w01"))
    grown.until(lambda: grown.get(CLUSTER, "w01") is None)
    grown.order()
    grown.until(lambda: len(grown.machines(control_plane="")) == 2)
    grown.sleep(120)
    assert grown.ports.vault.get("w01/kubeconfig") == old
    assert grown.cluster.reach() is Reach.SILENT
    grown.take_kubeconfig()
    assert grown.cluster.reach() is Reach.ANSWERS
