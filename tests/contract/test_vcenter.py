"""What phases may rely on of a vCenter, as the examples describe it."""

import pytest

from bedplate.errors import PermanentError
from bedplate.ports.vcenter import Inventory
from tests.contract.sites import EXAMPLES

FOLDER = "/DC0/vm/w01"


def test_it_says_what_it_is_without_a_login(ports, spec):
    ports.vault.delete("vcenter/password")
    about = ports.vcenter.about()
    assert about.version
    assert about.thumbprint == spec.datacenter.spec.thumbprint


def test_it_lets_the_sites_user_in_and_nobody_else(ports):
    assert ports.vcenter.login() == ports.vault.get("vcenter/username")
    ports.vault.put("vcenter/password", "guess")
    for call in (ports.vcenter.login, lambda: ports.vcenter.virtual_machines("")):
        with pytest.raises(PermanentError) as caught:
            call()
        assert caught.value.code == "AUTH_DENIED"
        assert "guess" not in str(caught.value.as_dict())


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Inventory.DATACENTER, "DC0"),
        (Inventory.NETWORK, "/DC0/network/VM Network"),
        (Inventory.NETWORK, "VM Network"),
        (Inventory.DATASTORE, "/DC0/datastore/LocalDS_0"),
        (Inventory.RESOURCE_POOL, "*/Resources"),
        (Inventory.RESOURCE_POOL, "/DC0/host/*/Resources"),
        (Inventory.TEMPLATE, "Templates/ubuntu-2204-kube-v1.34"),
    ],
)
def test_a_path_is_absolute_or_the_end_of_one_and_may_hold_wildcards(ports, kind, path):
    (found,) = ports.vcenter.find(kind, path)
    assert found.kind is kind
    assert found.path.startswith("/DC0")


@pytest.mark.parametrize("path", ["/DC0/network/Other", "LocalDS_0", "/VM Network", "", "/"])
def test_nothing_is_found_where_nothing_of_that_kind_is(ports, path):
    assert ports.vcenter.find(Inventory.NETWORK, path) == []


def test_an_ambiguous_path_finds_every_object(ports):
    found = ports.vcenter.find(Inventory.TEMPLATE, "ubuntu-2204-kube-v1.3*")
    assert len(found) > 1


def test_templates_are_tagged_and_have_a_disk(ports):
    (template,) = ports.vcenter.find(Inventory.TEMPLATE, "/DC0/vm/Templates/ubuntu-2204-kube-v1.34")
    assert "os:ubuntu" in template.tags
    assert any(tag.startswith("eksdRelease:kubernetes-1-34-eks-") for tag in template.tags)
    assert template.disk_gib
    assert (EXAMPLES / "vsphere-standalone.yaml").read_text().count(template.path) == 3


def test_a_folder_is_made_with_its_parents_and_once(ports):
    ports.vcenter.create_folder(f"{FOLDER}/inner")
    ports.vcenter.create_folder(f"{FOLDER}/inner")
    assert [f.path for f in ports.vcenter.find(Inventory.FOLDER, FOLDER)] == [FOLDER]
    assert len(ports.vcenter.find(Inventory.FOLDER, f"{FOLDER}/inner")) == 1


def test_a_folder_that_holds_something_is_left_alone(ports):
    ports.vcenter.create_folder(f"{FOLDER}/inner")
    ports.vcenter.delete_folder(FOLDER)
    assert ports.vcenter.find(Inventory.FOLDER, FOLDER)
    for path in (f"{FOLDER}/inner", FOLDER, FOLDER):
        ports.vcenter.delete_folder(path)
    assert not ports.vcenter.find(Inventory.FOLDER, FOLDER)


def test_a_datastore_and_a_pool_say_what_is_left(ports):
    (datastore,) = ports.vcenter.find(Inventory.DATASTORE, "LocalDS_0")
    (pool,) = ports.vcenter.find(Inventory.RESOURCE_POOL, "Cluster0/Resources")
    assert datastore.free_gib > 0
    assert pool.free_memory_mib is None or pool.free_memory_mib > 0


def test_there_are_no_virtual_machines_before_any_was_ordered(ports):
    assert ports.vcenter.virtual_machines("w01-") == []
