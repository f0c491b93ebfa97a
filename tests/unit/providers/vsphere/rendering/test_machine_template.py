"""What virtual machines are cloned from."""

from typing import Any

from bedplate.providers.vsphere.reading import machine_of
from bedplate.providers.vsphere.rendering.machine_template import machine_template
from tests.unit.providers.vsphere.rendering.drawing import Draft


def _template(draft: Draft, *networks: str) -> Any:
    spec = draft.spec()
    config = machine_of(spec, "w01")
    found: Any = machine_template(spec, config, "w01-md-0-1", networks=networks)
    assert found["metadata"] == {"name": "w01-md-0-1", "namespace": "eksa-system"}
    return found["spec"]["template"]["spec"]


def test_a_machine_has_the_sizes_and_places_of_its_configuration() -> None:
    rendered = _template(Draft())
    assert (rendered["numCPUs"], rendered["memoryMiB"], rendered["diskGiB"]) == (2, 8192, 25)
    assert rendered["datastore"] == "/DC0/datastore/LocalDS_0"
    assert rendered["folder"] == "/DC0/vm/w01"
    assert rendered["resourcePool"] == "/DC0/host/Cluster0/Resources"
    assert rendered["template"] == "/DC0/vm/Templates/ubuntu-2204-kube-v1.34"


def test_a_machine_is_made_in_the_datacenter_that_the_specification_names() -> None:
    draft = Draft()
    rendered = _template(draft)
    assert (rendered["server"], rendered["datacenter"]) == ("vcenter.example.com", "DC0")
    assert rendered["thumbprint"] == draft.datacenter["thumbprint"]


def test_a_machine_has_one_interface_on_the_datacenters_network() -> None:
    devices = _template(Draft())["network"]["devices"]
    assert devices == [{"dhcp4": True, "networkName": "/DC0/network/VM Network"}]


def test_a_machine_with_networks_of_its_own_has_an_interface_on_each_in_their_order() -> None:
    devices = _template(Draft(), "/DC0/network/b", "/DC0/network/a")["network"]["devices"]
    assert [device["networkName"] for device in devices] == ["/DC0/network/b", "/DC0/network/a"]


def test_what_the_configuration_leaves_open_is_left_out() -> None:
    draft = Draft()
    del draft.machine("w01")["storagePolicyName"]
    assert {"cloneMode", "storagePolicyName", "tagIDs"}.isdisjoint(_template(draft))


def test_clone_mode_storage_policy_and_tags_are_handed_on() -> None:
    draft = Draft()
    tags = ["urn:vmomi:InventoryServiceTag:1:GLOBAL"]
    draft.machines(cloneMode="linkedClone", storagePolicyName="fast", tags=tags)
    rendered = _template(draft)
    assert rendered["cloneMode"] == "linkedClone"
    assert rendered["storagePolicyName"] == "fast"
    assert rendered["tagIDs"] == tags
