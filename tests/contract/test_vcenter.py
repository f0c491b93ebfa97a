"""What phases may rely on of a vCenter, as the examples describe it."""

import hashlib
from dataclasses import replace

import pytest

from bedplate.errors import PermanentError
from bedplate.ports.vcenter import Inventory, TemplateSource
from tests.contract.sites import EXAMPLES, VCENTERS, VcsimSite
from tests.ova import make_ova

pytestmark = pytest.mark.parametrize("site", VCENTERS, indirect=True)

FOLDER = "/DC0/vm/w01"
TEMPLATE = "/DC0/vm/Templates/ubuntu-2204-kube-v1.34"
DATASTORE, NETWORK = "/DC0/datastore/LocalDS_0", "/DC0/network/VM Network"
CLUSTER = "/DC0/host/Cluster0"
POOL = f"{CLUSTER}/Resources"


def only(ports, kind, path):
    (found,) = ports.vcenter.look().find(kind, path)
    return found


def folders(ports, path=FOLDER):
    return [folder.path for folder in ports.vcenter.look().find(Inventory.FOLDER, path)]


def test_it_says_what_it_is_without_a_login(ports, spec):
    ports.vault.delete("vcenter/password")
    about = ports.vcenter.about()
    assert about.version
    assert about.thumbprint == spec.datacenter.spec.thumbprint


def test_it_lets_the_sites_user_in_and_nobody_else(ports):
    user = ports.vault.get("vcenter/username")
    assert ports.vcenter.login().user.lower().partition("@")[0] in user
    ports.vault.put("vcenter/password", "guess")
    for call in (
        ports.vcenter.login,
        ports.vcenter.look,
        ports.vcenter.tasks,
        lambda: ports.vcenter.missing_privileges({"/": frozenset(("System.Read",))}),
        lambda: ports.vcenter.virtual_machines(""),
    ):
        with pytest.raises(PermanentError) as caught:
            call()
        assert caught.value.code == "AUTH_DENIED"
        assert "guess" not in str(caught.value.as_dict())


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Inventory.DATACENTER, "DC0"),
        (Inventory.NETWORK, NETWORK),
        (Inventory.NETWORK, "VM Network"),
        (Inventory.DATASTORE, DATASTORE),
        (Inventory.RESOURCE_POOL, "*/Resources"),
        (Inventory.RESOURCE_POOL, "/DC0/host/Cluster*/Resources"),
        (Inventory.COMPUTE_CLUSTER, CLUSTER),
        (Inventory.TEMPLATE, "Templates/ubuntu-2204-kube-v1.34"),
    ],
)
def test_a_path_is_absolute_or_the_end_of_one_and_may_hold_wildcards(ports, kind, path):
    found = [one for one in ports.vcenter.look().find(kind, path) if "DC0_" not in one.path]
    assert [one.kind for one in found] == [kind]
    assert found[0].path.startswith("/DC0")
    assert found[0].id


def test_nothing_is_found_where_nothing_of_that_kind_is(ports):
    seen = ports.vcenter.look()
    for path in ("/DC0/network/Other", "LocalDS_0", "/VM Network", "", "/"):
        assert seen.find(Inventory.NETWORK, path) == ()


def test_an_ambiguous_path_finds_every_object(ports):
    assert len(ports.vcenter.look().find(Inventory.TEMPLATE, "ubuntu-2204-kube-v1.3*")) > 1


def test_templates_are_tagged_and_have_a_disk_and_a_snapshot(ports):
    seen = ports.vcenter.look()
    (template,) = seen.find(Inventory.TEMPLATE, TEMPLATE)
    assert "os:ubuntu" in template.tags
    assert any(tag.startswith("eksdRelease:kubernetes-1-34-eks-") for tag in template.tags)
    assert all(seen.tags[tag].startswith("urn:vmomi:InventoryServiceTag:") for tag in template.tags)
    assert template.disks_gib == (20,)
    assert template.snapshots == 1
    assert (EXAMPLES / "vsphere-standalone.yaml").read_text().count(template.path) == 3


def test_a_folder_is_made_with_its_parents_and_once(ports):
    ports.vcenter.create_folder(f"{FOLDER}/inner")
    ports.vcenter.create_folder(f"{FOLDER}/inner")
    assert folders(ports) == [FOLDER]
    assert folders(ports, f"{FOLDER}/inner") == [f"{FOLDER}/inner"]


def test_a_folder_outside_the_datacenters_own_is_refused(ports):
    with pytest.raises(PermanentError) as caught:
        ports.vcenter.create_folder("/DC9/vm/w01")
    assert caught.value.code == "INVENTORY_INVALID"


def test_a_folder_that_holds_something_is_left_alone(ports):
    ports.vcenter.create_folder(f"{FOLDER}/inner")
    ports.vcenter.delete_folder(FOLDER)
    assert folders(ports)
    for path in (f"{FOLDER}/inner", FOLDER, FOLDER):
        ports.vcenter.delete_folder(path)
    assert not folders(ports)


def test_a_datastore_and_a_pool_say_what_is_left(ports):
    pool = only(ports, Inventory.RESOURCE_POOL, POOL)
    assert only(ports, Inventory.DATASTORE, DATASTORE).free_gib > 0
    assert pool.free_memory_mib is None or pool.free_memory_mib > 0
    assert pool.owner == CLUSTER


def test_a_compute_cluster_says_what_all_its_hosts_reach(ports):
    assert {DATASTORE, NETWORK} <= only(ports, Inventory.COMPUTE_CLUSTER, CLUSTER).reaches


def test_there_are_no_virtual_machines_before_any_was_ordered(ports):
    assert list(ports.vcenter.virtual_machines("w01-")) == []


def test_a_privilege_that_is_held_or_not_known_is_not_missing(ports):
    known = ports.vcenter.look().privileges
    assert "VirtualMachine.Inventory.Create" in known
    asked = frozenset(("VirtualMachine.Inventory.Create", "Nobody.Knows"))
    assert ports.vcenter.missing_privileges({"/": asked, TEMPLATE: asked, POOL: asked}) == {}
    assert ports.vcenter.missing_privileges({}) == {}


def test_privileges_on_nothing_cannot_be_asked_for(ports):
    with pytest.raises(PermanentError) as caught:
        ports.vcenter.missing_privileges({"/DC0/vm/nowhere": frozenset(("System.Read",))})
    assert caught.value.code == "INVENTORY_MISSING"


@pytest.fixture
def source(site, tmp_path) -> TemplateSource:
    """A template that is not there, and an archive that both kinds of site can read."""
    name = "bottlerocket.ova"
    live = isinstance(site, VcsimSite)
    digest = make_ova(tmp_path / name) if live else hashlib.sha256(name.encode()).hexdigest()
    return TemplateSource(
        path="/DC0/vm/Images/bottlerocket",
        uri=(tmp_path / name).as_uri() if live else f"simulated:///{name}",
        sha256=digest,
        datastore=DATASTORE,
        resource_pool=POOL,
        network=NETWORK,
        disk_gib=22,
        tags=("os:bottlerocket", "eksdRelease:kubernetes-1-34-eks-12"),
    )


def test_a_template_is_imported_whole_and_once(ports, source):
    ports.vcenter.import_template(source)
    made = only(ports, Inventory.TEMPLATE, source.path)
    ports.vcenter.import_template(source)

    assert made.tags == set(source.tags)
    assert sum(made.disks_gib) == source.disk_gib
    assert made.snapshots == 1
    assert only(ports, Inventory.TEMPLATE, source.path) == made


def test_an_archive_of_another_digest_is_not_imported(ports, source):
    with pytest.raises(PermanentError) as caught:
        ports.vcenter.import_template(replace(source, sha256="0" * 64))
    assert caught.value.code == "IMAGE_MISMATCH"
    assert ports.vcenter.look().find(Inventory.TEMPLATE, source.path) == ()


def test_somebody_else_is_let_in_as_who_they_are_and_the_sites_user_stays(ports):
    user, password = (ports.vault.get(f"vcenter/{name}") for name in ("username", "password"))
    ports.vault.put("vcenter/password", "no longer")

    assert ports.vcenter.as_user(user, password).look().objects
    with pytest.raises(PermanentError) as caught:
        ports.vcenter.as_user(user, "guess").login()

    assert caught.value.code == "AUTH_DENIED"
    with pytest.raises(PermanentError):
        ports.vcenter.login()


def test_tasks_are_told_in_the_order_they_were_asked_for(ports, source):
    ports.vcenter.import_template(source)
    ports.vcenter.delete_template(source.path)
    tasks = ports.vcenter.tasks()
    assert [task.queued_at for task in tasks] == sorted(task.queued_at for task in tasks)
    assert all(task.name and task.state for task in tasks)


def test_a_template_is_deleted_and_may_be_gone(ports, source):
    ports.vcenter.import_template(source)
    ports.vcenter.delete_template(source.path)
    ports.vcenter.delete_template(source.path)
    assert ports.vcenter.look().find(Inventory.TEMPLATE, source.path) == ()
