"""Scaling a cluster that another one manages: numbers of machines, on both sides, and no more."""

from __future__ import annotations

import pytest

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import ref_of
from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, PreflightFailed, Refused
from bedplate.inspection import drift_of, inspect_cluster
from bedplate.managed_operations import SCALE_MANAGED, UPGRADE_MANAGED
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.ports.kube import Ref, Side
from bedplate.simulation import parse_fault
from bedplate.spec import load_text
from tests.laws.making import Place
from tests.laws.managing import MACHINES, TEXT

THREE_WORKERS = ("name: md-0\n      count: 1", "name: md-0\n      count: 3")


def change(place, *changes):
    for before, after in changes:
        assert before in place.text
        place.text = place.text.replace(before, after)


def scale(place, *, last=None):
    return place.upgrade(last=last, operation=SCALE_MANAGED)


def nodes(place):
    own = place.site.open(load_text(TEXT)).kube[Side.CLUSTER]
    return sorted(objects.name(node) for node in own.list(kinds.NODE))


def described(place):
    return place.manager.get(Ref(kinds.ANYWHERE_CLUSTER, "default", "w02"))


def is_paused(place):
    return PAUSED in objects.annotations_of(described(place))


def test_the_manager_adds_workers_and_takes_them_away_and_replaces_none(made):
    before = made.own_machines()
    change(made, THREE_WORKERS)

    assert scale(made) is RunState.COMPLETED

    assert set(before) < set(made.own_machines())
    assert len(made.own_machines()) == len(nodes(made)) == MACHINES + 2
    (group,) = objects.items(described(made), "spec", "workerNodeGroupConfigurations")
    assert group["count"] == 3

    change(made, THREE_WORKERS[::-1])
    assert scale(made) is RunState.COMPLETED
    assert len(made.own_machines()) == len(nodes(made)) == MACHINES
    assert {name.split("-")[0] for name in made.destroyed()} == {"w02"}


def test_nothing_of_the_manager_changes_but_what_describes_the_cluster(made):
    before = {machine.name for machine in made.world.virtual_machines("w01-")}
    change(made, THREE_WORKERS)

    scale(made)

    assert {machine.name for machine in made.world.virtual_machines("w01-")} == before
    plane = made.manager.get(ref_of(kinds.CLUSTER, "w01"))
    assert not objects.flag(plane, "spec", "paused")
    for cluster in ("w01", "w02"):
        found = drift_of(inspect_cluster(made.site, made.journal, cluster))
        assert (found.drifts, found.unseen) == ((), ())


def test_a_scale_to_what_is_there_does_nothing(made):
    assert scale(made) is RunState.COMPLETED
    assert made.heard.began == []


def test_a_scale_that_would_replace_machines_is_refused_before_it_pauses_anything(made):
    change(made, THREE_WORKERS, ("memoryMiB: 8192", "memoryMiB: 16384"))

    with pytest.raises(PreflightFailed) as caught:
        scale(made)

    assert "scale-only" in caught.value.seen
    assert len(made.own_machines()) == MACHINES
    assert not is_paused(made)


@pytest.mark.parametrize("step", [step.name for step in SCALE_MANAGED.steps])
def test_a_scale_stopped_after_any_step_goes_on_and_makes_each_machine_once(made, step):
    change(made, THREE_WORKERS)
    scale(made, last=step)

    assert scale(made) is RunState.COMPLETED

    assert len(made.made()) == 7 + MACHINES + 2
    assert not is_paused(made)


def test_a_scale_that_failed_before_its_first_order_leaves_nothing_paused(made):
    change(made, THREE_WORKERS)
    made.world.inject(parse_fault("kube.management.patch:Cluster default/w02=deniedx1"))
    with pytest.raises(PermanentError):
        scale(made)
    assert not is_paused(made)

    assert scale(made) is RunState.COMPLETED
    assert len(made.own_machines()) == MACHINES + 2


def test_a_scale_and_an_upgrade_of_one_cluster_wait_for_each_other(made):
    change(made, THREE_WORKERS)
    scale(made, last="pause")

    with pytest.raises(Refused):
        made.upgrade(operation=UPGRADE_MANAGED)


def test_an_upgrade_of_the_manager_that_has_not_ended_is_waited_for(made):
    manager = Place(made.folder)
    manager.text = manager.text.replace("memoryMiB: 8192", "memoryMiB: 12288")
    manager.upgrade(last="pause")
    change(made, THREE_WORKERS)

    with pytest.raises(Refused) as caught:
        scale(made)

    assert caught.value.code == "MANAGER_BUSY"
    assert len(made.own_machines()) == MACHINES
    manager.journal.close()


def test_a_manager_that_somebody_pauses_meanwhile_is_told_before_any_machine_is_ordered(made):
    before = made.own_machines()
    change(made, THREE_WORKERS)
    scale(made, last="provider-setup")
    made.manager.patch(ref_of(kinds.CLUSTER, "w01"), {"spec": {"paused": True}})

    with pytest.raises(Refused) as caught:
        scale(made)

    assert caught.value.code == "MANAGER_UNSTEADY"
    assert caught.value.seen.startswith("w01, which manages w02, is paused")
    assert made.own_machines() == before
    assert not is_paused(made)

    made.manager.patch(ref_of(kinds.CLUSTER, "w01"), {"spec": {"paused": False}})
    assert scale(made) is RunState.COMPLETED
    assert len(made.own_machines()) == MACHINES + 2
