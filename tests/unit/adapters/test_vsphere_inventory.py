import time

from bedplate.ports.vcenter import Inventory
from tests.vcsim import CLUSTER, DATASTORE, NETWORK, POOL, TEMPLATES

TEMPLATE = f"{TEMPLATES}/ubuntu-2204-kube-v1.34"


def counted(vcsim, call) -> dict[str, int]:
    vcsim.delete("/calls")
    call()
    return vcsim.calls()


def only(snapshot, kind, path):
    (found,) = snapshot.find(kind, path)
    return found


def test_every_kind_is_found_by_its_path(vcsim, tmp_path):
    vcsim.template(TEMPLATE)
    snapshot = vcsim.vcenter(tmp_path).look()

    for kind, path in {
        Inventory.DATACENTER: "/DC0",
        Inventory.NETWORK: NETWORK,
        Inventory.DATASTORE: DATASTORE,
        Inventory.FOLDER: TEMPLATES,
        Inventory.RESOURCE_POOL: POOL,
        Inventory.COMPUTE_CLUSTER: CLUSTER,
        Inventory.TEMPLATE: TEMPLATE,
    }.items():
        found = only(snapshot, kind, path)
        assert found.path == path
        assert ":" in found.id
    assert snapshot.find(Inventory.FOLDER, "/DC0/host") == ()


def test_a_template_shows_its_tags_disks_snapshots_and_note(vcsim, tmp_path):
    vcsim.template(TEMPLATE, disksGiB=[2, 20], snapshots=2, annotation="image-builder v0.1.40")
    snapshot = vcsim.vcenter(tmp_path).look()

    found = only(snapshot, Inventory.TEMPLATE, TEMPLATE)

    assert found.tags == {"os:ubuntu", "eksdRelease:kubernetes-1-34-eks-12"}
    assert found.disks_gib == (2, 20)
    assert found.snapshots == 2
    assert found.annotation == "image-builder v0.1.40"
    assert snapshot.tags["os:ubuntu"].startswith("urn:vmomi:InventoryServiceTag:")


def test_a_tag_that_nothing_wears_is_known_by_its_id(vcsim, tmp_path):
    vcsim.template(TEMPLATE, tags=["os:ubuntu"])
    worn = vcsim.vcenter(tmp_path).look().tags["os:ubuntu"]
    vcsim.template(TEMPLATE, tags=["os:redhat"])

    tags = vcsim.vcenter(tmp_path).look().tags

    assert worn in tags.values()
    assert set(tags) == {"os:redhat", worn}


def test_two_templates_of_one_name_are_both_seen(vcsim, tmp_path):
    vcsim.template(f"{TEMPLATES}/same")
    vcsim.template("/DC0/vm/Elsewhere/same")
    assert len(vcsim.vcenter(tmp_path).look().find(Inventory.TEMPLATE, "same")) == 2


def test_virtual_machines_are_found_by_the_beginning_of_their_name(vcsim, tmp_path):
    vcsim.machine("/DC0/vm/w01/w01-b", poweredOn=True, addresses=["198.18.0.20", "fe80::1"])
    vcsim.machine("/DC0/vm/w01/w01-a")
    vcsim.template("/DC0/vm/w01/w01-template")
    vcenter = vcsim.vcenter(tmp_path)

    first, second = vcenter.virtual_machines("w01-")

    assert (first.name, first.folder, first.powered_on) == ("w01-a", "/DC0/vm/w01", False)
    assert second.powered_on
    assert second.addresses == ("198.18.0.20", "fe80::1")
    assert first.uuid != second.uuid
    assert [first, second] == list(vcenter.look().machines)


def test_a_datastore_says_what_is_left(vcsim, tmp_path):
    vcsim.post("/datastore", path=DATASTORE, capacityGiB=500, freeGiB=12.5)
    assert only(vcsim.vcenter(tmp_path).look(), Inventory.DATASTORE, DATASTORE).free_gib == 12.5


def test_a_pool_says_what_is_left_and_whose_it_is(vcsim, tmp_path):
    vcsim.post("/pool", path=POOL, memoryMiB=65536, usedMiB=60000, cpuMHz=10000, usedCpuMHz=12000)
    found = only(vcsim.vcenter(tmp_path).look(), Inventory.RESOURCE_POOL, POOL)
    assert (found.free_memory_mib, found.free_cpu_mhz) == (5536, 0)
    assert found.owner == CLUSTER


def test_a_pool_without_a_limit_has_no_end(vcsim, tmp_path):
    found = only(vcsim.vcenter(tmp_path).look(), Inventory.RESOURCE_POOL, POOL)
    assert found.free_memory_mib is None
    assert found.free_cpu_mhz is None


def test_a_cluster_reaches_what_all_of_its_hosts_have(vcsim, tmp_path):
    vcsim.reset(datastores=2)
    second = "/DC0/datastore/LocalDS_1"
    vcenter = vcsim.vcenter(tmp_path)
    assert {DATASTORE, second, NETWORK} <= only(
        vcenter.look(), Inventory.COMPUTE_CLUSTER, CLUSTER
    ).reaches

    vcsim.post("/reach", cluster=CLUSTER, datastores=[DATASTORE], networks=[NETWORK], first=True)

    reaches = only(vcenter.look(), Inventory.COMPUTE_CLUSTER, CLUSTER).reaches
    assert reaches == {DATASTORE, NETWORK}


def test_address_pools_are_read_with_their_networks(vcsim, tmp_path):
    vcsim.post(
        "/addresses",
        datacenter="/DC0",
        name="lab",
        subnet="198.18.0.0",
        netmask="255.255.254.0",
        gateway="198.18.0.1",
        range="198.18.0.10#90, 198.18.1.200#1",
        dhcp=True,
        networks=[NETWORK],
        free=91,
    )
    (pool,) = vcsim.vcenter(tmp_path).look().pools
    assert pool.networks == (NETWORK,)
    assert (pool.subnet, pool.dhcp, pool.free) == ("198.18.0.0/23", True, 91)
    assert pool.ranges == (("198.18.0.10", "198.18.0.99"), ("198.18.1.200", "198.18.1.200"))


def test_the_clock_is_the_servers(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    assert abs(vcenter.login().clock - time.time()) < 60
    vcsim.post("/clock", seconds=600)
    assert 540 < vcenter.login().clock - time.time() < 660


def test_the_number_of_calls_does_not_depend_on_how_much_there_is(vcsim, tmp_path):
    """Ten machines on two hosts, and two hundred on twelve: the same calls."""
    small = calls_with(vcsim, tmp_path, machines=10)
    large = calls_with(vcsim, tmp_path, machines=100, clusters=2, hosts=6, datastores=5)

    assert small == large
    assert [sum(calls.values()) for calls in small] == [9, 3, 2]


def calls_with(vcsim, folder, **size) -> list[dict[str, int]]:
    vcsim.reset(**size)
    vcsim.template(TEMPLATE)
    vcsim.template(f"{TEMPLATE}-again")
    vcenter = vcsim.vcenter(folder)
    paths = [one.path for one in vcenter.look().objects]
    wanted = dict.fromkeys(paths, frozenset({"System.View"}))
    return [
        counted(vcsim, vcenter.look),
        counted(vcsim, lambda: vcenter.virtual_machines("")),
        counted(vcsim, lambda: vcenter.missing_privileges(wanted)),
    ]


def test_pages_are_put_together(vcsim, tmp_path):
    vcsim.reset(machines=30)
    whole = vcsim.vcenter(tmp_path).look()
    assert vcsim.vcenter(tmp_path, page=7).look() == whole
    assert vcsim.calls()["ContinueRetrievePropertiesEx"] > 3
