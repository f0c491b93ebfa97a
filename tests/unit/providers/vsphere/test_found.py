"""What the inventory decides where a specification leaves it open, as EKS Anywhere does."""

import pytest

from bedplate.ports.vcenter import Inventory, InventoryObject, Snapshot
from bedplate.providers.vsphere import VSphere
from bedplate.simulation.bundle import choose
from tests.unit.providers.vsphere.rendering.drawing import Draft

TEMPLATE = "/DC0/vm/Templates/ubuntu-2204-kube-v1.34"


def inventory(**template):
    return Snapshot(
        (
            InventoryObject(Inventory.DATASTORE, "/DC0/datastore/LocalDS_0"),
            InventoryObject(Inventory.FOLDER, "/DC0/vm/east/w01"),
            InventoryObject(Inventory.RESOURCE_POOL, "/DC0/host/Cluster0/Resources"),
            InventoryObject(Inventory.TEMPLATE, TEMPLATE, **template),
        )
    )


def found(seen, **machine):
    """Return the settings of the control plane's machines as they are rendered."""
    draft = Draft()
    draft.machines(template=TEMPLATE, **machine)
    spec, provider = draft.spec(), VSphere()
    chosen = provider.choices(spec, choose(spec), seen)
    return provider.with_choices(spec, chosen).machine_configs["w01-cp"].spec


@pytest.mark.parametrize(
    ("template", "machine", "mode"),
    [
        ({"disks_gib": (25.0,), "snapshots": 1}, {"diskGiB": 25}, "linkedClone"),
        ({"disks_gib": (25.0,), "snapshots": 0}, {"diskGiB": 25}, "fullClone"),
        ({"disks_gib": (25.0,), "snapshots": 1}, {"diskGiB": 40}, "fullClone"),
        (
            {"disks_gib": (25.0,), "snapshots": 1},
            {"diskGiB": 25, "cloneMode": "fullClone"},
            "fullClone",
        ),
    ],
)
def test_machines_are_linked_to_a_snapshot_of_their_disks_size(template, machine, mode):
    assert found(inventory(**template), **machine).clone_mode == mode


def test_a_disk_smaller_than_its_templates_is_raised_and_another_stays():
    assert found(inventory(disks_gib=(25.0,)), diskGiB=20).disk_gib == 25
    assert found(inventory(disks_gib=(25.0,)), diskGiB=40).disk_gib == 40


def test_places_are_written_in_full():
    seen = inventory(disks_gib=(25.0,))
    places = {"datastore": "LocalDS_0", "folder": "w01", "resourcePool": "*/Resources"}
    settings = found(seen, **places)
    assert settings.datastore == "/DC0/datastore/LocalDS_0"
    assert settings.folder == "/DC0/vm/east/w01"
    assert settings.resource_pool == "/DC0/host/Cluster0/Resources"


def test_what_is_not_found_stays_as_it_is_written():
    settings = found(Snapshot(()), folder="new", diskGiB=25)
    assert (settings.folder, settings.template, settings.clone_mode) == ("new", TEMPLATE, None)
