"""A specification that changes before the pivot: new machine templates, never changed ones."""

import pytest

from bedplate.capi import kinds, objects
from bedplate.engine.journal import RunState
from bedplate.ports.kube import Side
from bedplate.spec import load_text
from tests.laws.making import Place


@pytest.fixture
def place(tmp_path, stages):
    return Place(tmp_path, stages=stages)


def test_machine_sizes_that_change_before_the_pivot_get_the_next_templates(place):
    place.begin("workers")
    place.text = place.text.replace("memoryMiB: 8192", "memoryMiB: 16384")

    assert place.create() is RunState.COMPLETED

    cluster = place.site.open(load_text(place.text)).kube[Side.CLUSTER]
    found = cluster.list(kinds.VSPHERE_MACHINE_TEMPLATE, "eksa-system")
    sizes = {
        objects.name(one): objects.number(one, "spec", "template", "spec", "memoryMiB")
        for one in found
    }
    owners = ("control-plane", "etcd", "md-0")
    before = {f"w01-{owner}-1": 8192 for owner in owners}
    assert sizes == before | {f"w01-{owner}-2": 16384 for owner in owners}
