"""Whether what a specification names is there, once, and in reach."""

import pytest

from bedplate.checks import Severity
from bedplate.errors import Owner
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.simulation import arrangement
from tests.unit.checks.place import setting
from tests.unit.providers.vsphere.checks.stages import datacenter, machines
from tests.vcsim import CLUSTER, DATASTORE, NETWORK, POOL

DOMAIN = {
    "name": "fd-1",
    "computeCluster": CLUSTER,
    "resourcePool": POOL,
    "datastore": DATASTORE,
    "folder": "/DC0/vm",
    "network": NETWORK,
}


@pytest.mark.parametrize(
    ("name", "edit", "target"),
    [
        ("datacenter", datacenter(datacenter="DC9", network="VM Network"), "datacenter"),
        ("network", datacenter(network="/DC0/network/None"), "network"),
        ("datastore", machines("w01-cp", datastore="/DC0/datastore/None"), "w01-cp.spec.datastore"),
        ("datastore", machines("w01-etcd", datastore="None"), "w01-etcd.spec.datastore"),
        ("datastore", machines("w01", datastore="None"), "w01.spec.datastore"),
        (
            "resource-pool",
            machines("w01-etcd", resourcePool="*/None"),
            "w01-etcd.spec.resourcePool",
        ),
    ],
)
def test_what_is_not_in_the_inventory_is_named_with_the_way_to_find_it(look, name, edit, target):
    (finding,) = look(name, edit)
    assert finding.target.endswith(target)
    assert "is not in the inventory, or the user may not see it" in finding.seen
    assert "govc find / -type" in finding.remedy
    assert finding.owner is Owner.VSPHERE


def test_a_path_that_names_several_is_ambiguous(look):
    look.stage.template("/DC0/vm/Elsewhere/ubuntu-2204-kube-v1.34")
    (finding, *_) = look("templates", machines(template="ubuntu-2204-kube-v1.34"))
    assert "is ambiguous: /DC0/vm/" in finding.seen
    assert "write the full path" in finding.remedy


def test_a_missing_folder_is_no_finding_where_it_can_be_made(look):
    assert look("folder", machines(folder="/DC0/vm/new/inner")) == []
    assert look("folder", machines(folder="new")) == []
    assert look("folder", machines(folder="")) == []


def test_a_folder_that_cannot_be_made_is_refused(look):
    (finding,) = look("folder", machines("w01", folder="/DC0/host/w01"))
    assert "cannot be made" in finding.seen
    assert "below /DC0/vm" in finding.remedy


def test_networks_of_workers_are_there(look):
    good = machines("w01", networks=[NETWORK])
    assert look("worker-networks", good) == []
    (finding,) = look("worker-networks", machines("w01", networks=[NETWORK, "/DC0/network/None"]))
    assert "/DC0/network/None" in finding.seen


def test_failure_domains_have_all_that_they_name(look):
    group = setting("workerNodeGroupConfigurations.0.failureDomains", ["fd-1"])
    assert look("failure-domains", datacenter(failureDomains=[DOMAIN]), group) == []
    for field in ("computeCluster", "resourcePool", "datastore", "folder", "network"):
        wrong = datacenter(failureDomains=[{**DOMAIN, field: "/DC0/none/at-all"}])
        (finding,) = look("failure-domains", wrong, group)
        assert finding.target == f"VSphereDatacenterConfig.spec.failureDomains[fd-1].{field}"


def test_a_failure_domains_pool_is_one_of_its_cluster(look):
    other = InventoryObject(
        Inventory.RESOURCE_POOL, "/DC0/host/Other/Resources", owner="/DC0/host/Other"
    )
    arrangement.add_object(look.stage.world, other)
    domain = {**DOMAIN, "resourcePool": other.path}
    (finding,) = look("failure-domains", datacenter(failureDomains=[domain]))
    assert "is a pool of /DC0/host/Other, not of" in finding.seen


def test_what_the_hosts_do_not_reach_is_no_place_for_machines(look):
    assert look("placement") == []
    look.stage.unreached()
    (finding,) = look("placement")
    assert finding.target == NETWORK
    assert CLUSTER in finding.seen
    assert finding.severity is Severity.BLOCK


def test_hosts_that_the_user_does_not_see_are_a_warning_told_once(look):
    kind = Inventory.COMPUTE_CLUSTER
    arrangement.change_object(look.stage.world, kind, CLUSTER, reaches=frozenset())
    (finding,) = look("placement")
    assert (finding.target, finding.severity) == (CLUSTER, Severity.WARN)


def test_a_datastore_that_only_other_hosts_have_is_out_of_reach(look):
    store = InventoryObject(Inventory.DATASTORE, "/DC0/datastore/Far", free_gib=9999)
    arrangement.add_object(look.stage.world, store)
    (finding,) = look("placement", machines("w01-etcd", datastore=store.path))
    assert finding.target == store.path
    assert "machines of w01-etcd" in finding.seen
    assert "mount it" in finding.remedy
