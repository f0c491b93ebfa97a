"""The machines' networks."""

import pytest

from bedplate.checks import Severity
from bedplate.ports.vcenter import AddressPool
from bedplate.simulation import arrangement
from tests.unit.checks.place import setting
from tests.unit.providers.vsphere.checks.stages import SUBNET, datacenter
from tests.vcsim import NETWORK

NEEDED = 12  # seven machines, one more of control plane and workers, and all of etcd again
PROXY = {"httpProxy": "proxy.example.com:3128", "httpsProxy": "proxy.example.com:3128"}


@pytest.mark.parametrize(("free", "blocked"), [(NEEDED, 0), (NEEDED - 1, 1)])
def test_there_is_an_address_for_each_machine(look, free, blocked):
    look.stage.addresses("198.18.0.100", 50, free=free)
    found = look("free-addresses")
    assert [finding.severity for finding in found] == [Severity.BLOCK] * blocked
    for finding in found:
        assert f"{free} addresses are free on it, {NEEDED} are needed" in finding.seen


def test_where_vcenter_knows_of_no_range_nothing_is_said(look):
    assert look("free-addresses") == []


def test_machines_that_are_there_have_their_addresses(look):
    look.stage.addresses("198.18.0.100", 50, free=NEEDED - 1)
    look.stage.machine("/DC0/vm/w01/w01-abcde", "198.18.0.100")
    assert look("free-addresses") == []


def test_where_nobody_counts_what_machines_show_is_counted(look):
    world = look.stage.world
    span = (("198.18.0.100", "198.18.0.112"),)
    arrangement.arrange(world, pools=(AddressPool((NETWORK,), SUBNET, False, span),))
    assert look("free-addresses") == []
    arrangement.add_machine(world, "/DC0/vm/other-1", "198.18.0.100", "fe80::1")
    arrangement.add_machine(world, "/DC0/vm/other-2", "198.18.0.110", "10.1.1.1")
    (finding,) = look("free-addresses")
    assert "11 addresses are free" in finding.seen


@pytest.mark.parametrize("name", ["pods", "services"])
def test_machines_and_the_clusters_own_ranges_are_apart(look, name):
    look.stage.addresses("198.18.0.100", 50, free=50)
    assert look("node-networks") == []
    (finding,) = look(
        "node-networks",
        setting(f"clusterNetwork.{name}.cidrBlocks", ["198.18.0.0/22"]),
        setting("controlPlaneConfiguration.endpoint.host", "198.18.9.9"),
        datacenter(server="192.0.2.1"),
    )
    assert finding.target == f"Cluster.spec.clusterNetwork.{name}.cidrBlocks"
    assert SUBNET in finding.seen


def test_vcenter_is_outside_the_clusters_own_ranges(look):
    (finding,) = look("node-networks", datacenter(server="192.168.3.4"))
    assert "vCenter 192.168.3.4" in finding.seen
    assert finding.target.endswith("pods.cidrBlocks")


def test_nodes_reach_each_other_past_the_proxy(look):
    look.stage.addresses("198.18.0.100", 50, free=50)
    (finding,) = look("node-no-proxy", setting("proxyConfiguration", PROXY))
    assert finding.severity is Severity.WARN
    assert f"add {SUBNET}" in finding.remedy
    past = {**PROXY, "noProxy": ["198.18.0.0/15"]}
    assert look("node-no-proxy", setting("proxyConfiguration", past)) == []
