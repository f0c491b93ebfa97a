"""Nodes are told their machines' addresses, until a cloud provider runs that knows them."""

import pytest

from bedplate.capi import kinds
from bedplate.facts import Machine
from bedplate.phases.node_addresses import tell_addresses
from bedplate.ports.kube import Ref
from tests.unit.checks.place import spec_of
from tests.unit.phases.setting import Setting

ENDPOINT = "198.18.0.9"


@pytest.fixture
def kube(tmp_path):
    return Setting(tmp_path, spec_of()).bootstrap()


def machine(name, address):
    return Machine(name=name, provider_id="", node="", address=address)


def register(kube, name, *addresses):
    ref = Ref(kinds.NODE, "", name)
    shown = [{"type": "InternalIP", "address": one} for one in addresses]
    status = {"addresses": [{"type": "Hostname", "address": name}, *shown]}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}
    kube.create(ref, node)
    return ref


def addresses(kube, ref):
    return {one["type"]: one["address"] for one in kube.get(ref)["status"]["addresses"]}


def test_a_node_without_an_address_gets_its_machines(kube):
    node, other = register(kube, "w01-a"), register(kube, "w01-b")
    tell_addresses(kube, [machine("w01-a", "198.18.0.1")], ENDPOINT)
    assert addresses(kube, node) == {"Hostname": "w01-a", "InternalIP": "198.18.0.1"}
    assert addresses(kube, other) == {"Hostname": "w01-b"}


def test_what_a_cloud_provider_wrote_stays(kube):
    node = register(kube, "w01-a", "198.18.0.2")
    tell_addresses(kube, [machine("w01-a", "198.18.0.1")], ENDPOINT)
    assert addresses(kube, node) == {"Hostname": "w01-a", "InternalIP": "198.18.0.2"}


@pytest.mark.parametrize("address", ["", ENDPOINT])
def test_the_clusters_own_address_is_no_nodes(kube, address):
    node = register(kube, "w01-a")
    tell_addresses(kube, [machine("w01-a", address)], ENDPOINT)
    assert addresses(kube, node) == {"Hostname": "w01-a"}
