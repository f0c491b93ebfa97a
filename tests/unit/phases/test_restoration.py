"""The pure parts of a restore: which machines, which addresses, what does not fit together."""

import pytest

from bedplate.phases.restoration.kept import same_version
from bedplate.phases.restoration.machines import machines_among, own_addresses
from bedplate.phases.restoration.post_checks import compare
from bedplate.ports.vcenter import VirtualMachine
from bedplate.spec import load_text
from tests.laws.restoring import TEXT

SPEC = load_text(TEXT)


def vm(name, uuid="", addresses=()):
    return VirtualMachine(name, uuid or f"uuid-{name}", "/DC0/vm/w01", True, tuple(addresses))


def machine(name, uuid="", node=""):
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Machine",
        "metadata": {"name": name},
        "spec": {"providerID": f"vsphere://{uuid}"} if uuid else {},
        "status": {"nodeRef": {"name": node}} if node else {},
    }


def test_only_machines_of_this_control_plane_are_entered():
    found = ["w01-abcde", "w01-md-0-abcde-fghij", "w01-etcd-abcde", "w010-abcde", "w01-aaaaa"]

    assert [one.name for one in machines_among(SPEC, [vm(name) for name in found])] == [
        "w01-aaaaa",
        "w01-abcde",
    ]


def test_a_machine_is_entered_at_its_own_addresses():
    shown = (SPEC.endpoint, "fe80::1", "2001:db8::7", "198.18.3.4", "192.168.0.17")

    assert own_addresses(SPEC, shown) == ("198.18.3.4", "2001:db8::7")


@pytest.mark.parametrize(
    ("kept", "running", "same"),
    [
        ("v1.34.1-eks-1-34-9", "v1.34.1-eks-1-34-12", True),
        ("v1.34.1", "v1.34.2", False),
        ("1.34", "v1.34.2", True),
        ("1.34", "v1.35.0", False),
        ("", "v1.34.2", False),
        ("v1.34.1", "", False),
    ],
)
def test_a_backup_fits_the_version_it_was_taken_of(kept, running, same):
    assert same_version(kept, running) is same


def test_machines_are_compared_by_their_uuids_and_new_ones_by_their_names():
    machines = [
        machine("w01-aaaaa", "UUID-1", "w01-aaaaa"),
        machine("w01-bbbbb", "uuid-2", "w01-bbbbb"),
        machine("w01-ccccc"),
    ]
    there = [vm("w01-aaaaa", "uuid-1"), vm("w01-ccccc"), vm("w01-ddddd")]

    found = compare(machines, there)

    assert found.nodes == {"w01-aaaaa"}
    assert found.vanished == ("w01-bbbbb",)
    assert found.unowned == ("w01-ddddd",)
