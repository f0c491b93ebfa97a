"""The control plane's address."""

import pytest

from bedplate.checks import Severity
from bedplate.errors import Owner
from bedplate.ports.kube import Reach, Side
from bedplate.ports.network import DOUBT
from bedplate.ports.vcenter import AddressPool
from bedplate.providers.vsphere.checks import vsphere_checks
from bedplate.simulation import arrangement
from tests.unit.checks.place import setting
from tests.unit.providers.vsphere.checks.stages import HOST, SUBNET

OWN = "/DC0/vm/w01/w01-abcde"


class Uncertain:
    """A network whose firewall answers for everybody."""

    def answers(self, host, ports):
        return [f"tcp {port} reset (a {DOUBT} may do that)" for port in ports]


class Known:
    """A cluster whose kubeconfig is there."""

    def __init__(self, reach):
        self.reach = lambda: reach


def test_an_address_that_answers_is_in_use_with_the_evidence(look):
    assert look("control-plane-ip") == []
    look.stage.place.world.taken_address(HOST)
    (finding,) = look("control-plane-ip")
    assert f"the control plane endpoint {HOST} is in use: tcp 6443 connected" in finding.seen
    assert "tcp 22 connected, tcp 80 connected" in finding.seen
    assert f"arping -c 3 {HOST}" in finding.remedy
    assert finding.owner is Owner.NETWORK


def test_our_own_control_plane_may_hold_it_when_a_create_goes_on(look):
    look.stage.place.world.taken_address(HOST)
    look.stage.machine(OWN, "198.18.0.50", HOST)
    assert look("control-plane-ip") == []


@pytest.mark.parametrize(("reach", "findings"), [(Reach.ANSWERS, 0), (Reach.SILENT, 1)])
def test_what_answers_with_the_authority_that_we_kept_is_our_own_control_plane(
    look, reach, findings
):
    look.stage.place.world.taken_address(HOST)
    look.stage.place.kube[Side.CLUSTER] = Known(reach)
    assert len(look("control-plane-ip")) == findings


def test_a_machine_of_another_cluster_may_not(look):
    look.stage.machine("/DC0/vm/w01-east/w01-east-abcde", HOST)
    (finding,) = look("control-plane-ip")
    assert f"/DC0/vm/w01-east/w01-east-abcde has {HOST}" in finding.seen


def test_a_firewall_that_may_have_answered_only_warns(look):
    spec = look.spec()
    probe = vsphere_checks(spec)
    (check, _) = (one for one in probe if one.name == "control-plane-ip")
    scene = look.scene(spec)
    scene.network = Uncertain()
    (finding,) = check.probe(scene)
    assert finding.severity is Severity.WARN
    assert DOUBT in finding.seen


def test_the_annotation_of_eks_anywhere_skips_the_look(look):
    def annotate(documents):
        documents["Cluster"]["metadata"]["annotations"] = {
            "anywhere.eks.amazonaws.com/skip-ip-check": "true"
        }

    names = [check.name for check in vsphere_checks(look.spec(annotate))]
    assert "control-plane-ip" not in names


def test_it_is_not_handed_out_to_others(look):
    look.stage.addresses("198.18.0.5", 90, free=90)
    (finding,) = look("control-plane-ip-range")
    assert finding.severity is Severity.BLOCK
    assert "198.18.0.5-198.18.0.94" in finding.seen


def test_outside_the_range_and_in_the_network_it_is_good(look):
    look.stage.addresses("198.18.0.100", 90, free=90)
    assert look("control-plane-ip-range") == []


def test_outside_the_machines_network_nobody_would_find_it(look):
    look.stage.addresses("198.18.0.100", 90, free=90)
    elsewhere = setting("controlPlaneConfiguration.endpoint.host", "198.18.9.10")
    (finding,) = look("control-plane-ip-range", elsewhere)
    assert finding.severity is Severity.WARN
    assert "198.18.0.0/23" in finding.seen


def test_a_dhcp_server_with_an_unknown_range_is_warned_of(look):
    look.stage.addresses("198.18.0.100", 0, dhcp=True)
    (finding,) = look("control-plane-ip-range")
    assert finding.severity is Severity.WARN
    assert "DHCP" in finding.seen


def test_ranges_of_other_networks_say_nothing(look):
    other = AddressPool(("/DC0/network/Other",), SUBNET, dhcp=True)
    arrangement.arrange(look.stage.world, pools=(other,))
    assert look("control-plane-ip-range") == []
