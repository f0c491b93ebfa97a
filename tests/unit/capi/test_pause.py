from __future__ import annotations

import pytest

from bedplate.capi.pause import unacknowledged
from tests.unit.capi import vsphere_set as world


def machine(*conditions, generation=1):
    return world.thing(
        world.CORE,
        "Machine",
        "m1",
        generation=generation,
        status={"conditions": list(conditions)},
    )


@pytest.mark.parametrize(
    ("obj", "acknowledged"),
    [
        (machine(world.paused_condition("True")), True),
        (machine(world.paused_condition("False")), False),
        (machine(), False),
        (machine(world.paused_condition("True", 1), generation=2), False),
        (world.thing(world.VSPHERE, "VSphereMachineTemplate", "t", spec={}), True),
        (world.thing("v1", "Secret", "s", data={}), True),
    ],
    ids=["paused", "not paused", "never seen", "seen before a change", "template", "secret"],
)
def test_a_pause_counts_once_its_controller_has_seen_this_generation(obj, acknowledged):
    assert (unacknowledged([obj], paused=True) == ()) is acknowledged


def test_the_condition_of_an_older_contract_is_found():
    vm = world.thing(
        world.VSPHERE,
        "VSphereVM",
        "vm",
        status={"v1beta2": {"conditions": [world.paused_condition("True")]}},
    )
    assert unacknowledged([vm], paused=True) == ()
    assert unacknowledged([vm], paused=False) == ("VSphereVM eksa-system/vm",)


def test_a_resource_set_does_not_follow_its_clusters_pause():
    resources = world.thing(
        world.ADDONS,
        "ClusterResourceSet",
        "w01-cpi",
        status={"conditions": [world.paused_condition("False")]},
    )
    assert unacknowledged([resources], paused=True) == ()


def test_an_unknown_kind_counts_only_once_it_carries_the_condition():
    silent = world.thing("example/v1", "Thing", "a", status={})
    telling = world.thing(
        "example/v1", "Thing", "b", status={"conditions": [world.paused_condition("False")]}
    )
    assert unacknowledged([silent, telling], paused=True) == ("Thing eksa-system/b",)
