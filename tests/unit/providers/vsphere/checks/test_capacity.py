"""Room for every machine, also while an upgrade runs."""

import pytest

from bedplate.checks import Severity
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.simulation import arrangement
from tests.unit.checks.place import setting
from tests.unit.providers.vsphere.checks.stages import datacenter
from tests.vcsim import CLUSTER, DATASTORE, NETWORK, POOL

# Two control planes, three etcd, two workers; while an upgrade runs, one more control plane, one
# more worker, and all of etcd a second time: twelve.
DISK_GIB, MEMORY_MIB, PROCESSORS = 12 * 25, 12 * 8192, 12 * 2


@pytest.mark.parametrize(("free", "blocked"), [(DISK_GIB, 0), (DISK_GIB - 1, 1)])
def test_the_datastore_has_room_for_etcd_and_an_upgrade_too(look, free, blocked):
    look.stage.datastore(free)
    found = look("capacity")
    assert [finding.severity for finding in found] == [Severity.BLOCK] * blocked
    for finding in found:
        assert finding.target == DATASTORE
        assert f"has {free} GiB left, this cluster needs {DISK_GIB}" in finding.seen
        assert "w01, w01-etcd, w01-md-0; 125 of that while an upgrade" in finding.seen
        assert "govc datastore.info" in finding.remedy


@pytest.mark.parametrize(("free", "blocked"), [(MEMORY_MIB, 0), (MEMORY_MIB - 1, 1)])
def test_the_pool_has_memory_for_all(look, free, blocked):
    look.stage.pool(memory_mib=free)
    found = look("capacity")
    assert [finding.severity for finding in found] == [Severity.BLOCK] * blocked
    for finding in found:
        assert finding.target == POOL
        assert f"needs {MEMORY_MIB}" in finding.seen
        assert "govc pool.change -mem.limit=MIB" in finding.remedy


@pytest.mark.parametrize(("free", "warned"), [(PROCESSORS * 1000, 0), (PROCESSORS * 1000 - 1, 1)])
def test_too_little_processor_time_is_warned_of(look, free, warned):
    look.stage.pool(cpu_mhz=free)
    found = look("capacity")
    assert [finding.severity for finding in found] == [Severity.WARN] * warned


def test_machines_that_are_there_have_taken_theirs(look):
    look.stage.datastore(DISK_GIB - 25)
    assert look("capacity")
    look.stage.machine("/DC0/vm/w01/w01-etcd-abcde")
    assert look("capacity") == []


def test_machines_of_others_take_nothing_off(look):
    look.stage.datastore(DISK_GIB - 25)
    look.stage.machine("/DC0/vm/w01/w01-east-etcd-abcde")
    assert look("capacity")


def test_a_failure_domains_datastore_is_the_one_that_its_workers_need(look):
    small = InventoryObject(Inventory.DATASTORE, "/DC0/datastore/Small", free_gib=74)
    arrangement.add_object(look.stage.world, small)
    domain = {
        "name": "fd-1",
        "computeCluster": CLUSTER,
        "resourcePool": POOL,
        "datastore": small.path,
        "folder": "/DC0/vm",
        "network": NETWORK,
    }
    group = setting("workerNodeGroupConfigurations.0.failureDomains", ["fd-1"])
    (finding,) = look("capacity", datacenter(failureDomains=[domain]), group)
    assert finding.target == small.path
    assert "needs 75 (w01-md-0; 25 of that" in finding.seen
