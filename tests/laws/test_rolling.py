"""Rolling machines: each step ends when its machines are replaced, and no earlier or later."""

import pytest

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.external_etcd import (
    PLANE_DONE,
    SKIP_PAUSE,
    UPGRADING,
    endpoints,
    used_endpoints,
)
from bedplate.engine.journal import RunState
from bedplate.ports.kube import JSON
from tests.laws.making import LARGER, MACHINES, NEWER, kube

PLANE, ETCD = ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01"), ref_of(kinds.ETCDADM_CLUSTER, "w01-etcd")


@pytest.fixture
def place(finished):
    """A finished cluster."""
    return finished


def test_former_members_of_etcd_serve_until_the_control_plane_uses_the_new_ones(place):
    before = len(place.world.vm_events())
    place.text = place.text.replace(*LARGER)

    assert place.upgrade() is RunState.COMPLETED

    events = [
        (event.event, event.name.rsplit("-", 1)[0])
        for event in place.world.vm_events()[before:]
        if "md-0" not in event.name
    ]
    first_gone = events.index(("destroyed", "w01-etcd"))
    assert events[:first_gone].count(("made", "w01")) == 2
    assert events.count(("made", "w01")) == 2, "it is replaced once"
    etcd = kube(place).get(ETCD)
    assert not {UPGRADING, PLANE_DONE} & objects.annotations_of(etcd).keys()


def test_a_control_plane_without_the_mark_of_eks_anywhere_is_replaced_once_too(place):
    marks: JSON = {SKIP_PAUSE: None}
    kube(place).patch(PLANE, {"metadata": {"annotations": marks}})
    place.text = place.text.replace(*NEWER)

    assert place.upgrade() is RunState.COMPLETED

    assert len(place.made()) == 2 * MACHINES
    assert objects.annotations_of(kube(place).get(PLANE))[SKIP_PAUSE] == "true"
    assert not objects.is_paused(kube(place).get(PLANE))


def test_a_change_of_etcd_alone_is_done_once_the_control_plane_is_made_for_its_members(place):
    head, found, rest = place.text.partition("  name: w01-etcd\nspec:")
    place.text = head + found + rest.replace(*LARGER, 1)

    place.upgrade(last="control-plane")

    assert len(place.made()) == MACHINES + 3 + 2
    etcd = kube(place).get(ETCD)
    plane = kube(place).get(PLANE)
    assert used_endpoints(plane) == endpoints(etcd)
    assert place.upgrade() is RunState.COMPLETED
    assert len(place.made()) == MACHINES + 3 + 2


def test_workers_are_done_once_their_machines_are_what_their_group_asks_for_now(place):
    workers = place.text.rindex("memoryMiB: 8192")
    place.text = place.text[:workers] + place.text[workers:].replace(*LARGER)

    place.upgrade(last="workers")

    events = [e.event for e in place.world.vm_events() if e.name.startswith("w01-md-0-")]
    assert events == ["made"] * 2 + ["made", "destroyed"] * 2
