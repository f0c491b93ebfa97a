from __future__ import annotations

import copy

import pytest

from bedplate.capi import kinds, objects
from bedplate.capi.commit import REF, read_commit
from bedplate.capi.move import digest
from bedplate.errors import PermanentError, Refused, TemporaryError
from bedplate.ports.kube import Reach, Ref
from tests.unit.capi import vsphere_set
from tests.unit.phases.two_sides import END, World, kill


def test_a_pivot_moves_every_object_and_leaves_every_machine_alone():
    world = World()
    machines, moved = dict(world.machines), digest(world.capi(world.source).values())
    assert world.check() is None
    world.run()
    fact = world.check()
    assert fact.machines == tuple(sorted(machines))
    assert fact.objects == len(world.capi(world.source))
    assert world.machines == machines
    assert digest(world.capi(world.target).values()) == moved


def test_after_a_pivot_only_the_target_manages():
    world = World()
    world.run()
    assert world.source.cluster()["spec"]["paused"] is True
    assert not world.source.controllers_run
    assert not any(objects.is_paused(obj) for obj in world.capi(world.target).values())
    assert world.target.controllers_run


def test_the_copy_is_void_once_the_cluster_manages_itself():
    world = World()
    world.run()
    assert sorted(world.vault.kept) == ["w01/moved"]


def test_every_stage_leaves_its_line():
    world = World()
    world.run()
    assert [name for name, _ in world.notes.lines] == [
        "discovered", "checked", "move", "paused", "acknowledged", "saved", "tried", "created",
        "compared", "committed", "fenced", "unpaused", "confirmed", "recorded",
    ]  # fmt: skip


def test_no_note_holds_a_secret():
    world = World()
    world.run()
    assert "Y2E=" not in repr(world.notes.lines)


def test_a_second_run_changes_nothing():
    world = World()
    world.run()
    before = copy.deepcopy((world.source.objects, world.target.objects, world.vault.kept))
    world.run()
    assert (world.source.objects, world.target.objects, world.vault.kept) == before


def test_a_machine_without_a_node_is_waited_for_before_anything_is_paused():
    world = World()
    machine = next(iter(world.source.of_kind("Machine").values()))
    node = machine["status"].pop("nodeRef")
    with pytest.raises(AssertionError, match="has no node yet"):
        world.run(looks=3)
    assert not objects.is_paused(world.source.cluster())
    machine["status"]["nodeRef"] = node
    world.run()
    assert world.check() is not None


def test_a_machine_that_goes_after_the_pause_lets_the_source_go_on_first():
    world = World()
    kill(world, stage="paused")
    assert objects.is_paused(world.source.cluster())
    machine = next(iter(world.source.of_kind("Machine").values()))
    machine["metadata"]["deletionTimestamp"] = "now"
    with pytest.raises(AssertionError, match="still waits"):
        world.run(looks=4)
    assert not objects.is_paused(world.source.cluster())


def test_a_machine_that_goes_at_the_very_last_look_is_not_copied():
    world = World()
    machine = next(iter(world.source.of_kind("Machine").values()))
    looks = []

    def look(kind):
        looks.extend([kind] if kind.kind == "Machine" else [])
        if len(looks) == 4:  # found; after the patch; acknowledged; and once more
            machine["metadata"]["deletionTimestamp"] = "now"

    world.source.listed = look
    with pytest.raises(AssertionError, match="still waits"):
        world.run(looks=2)
    assert not world.capi(world.target)


def test_taking_back_waits_until_the_source_goes_on():
    world = World()
    kill(world, stage="created")
    for deployment in world.source.of_kind("Deployment").values():
        deployment["spec"]["replicas"] = 0
    world.tick()
    with pytest.raises(AssertionError, match="acknowledge the end of the pause"):
        world.undo(looks=4)


def test_controllers_that_do_not_acknowledge_are_named():
    world = World()
    for deployment in world.source.of_kind("Deployment").values():
        deployment["spec"]["replicas"] = 0
    world.tick()
    with pytest.raises(
        AssertionError, match=r"acknowledge the pause .*Machine eksa-system/w01-c0000"
    ):
        world.run(looks=3)


def test_a_cluster_that_was_paused_before_stays_paused():
    world = World()
    world.source.cluster()["spec"]["paused"] = True
    world.tick()
    world.run()
    assert world.target.cluster()["spec"]["paused"] is True
    assert world.check() is not None


def test_taking_back_leaves_a_pause_of_somebody_else():
    world = World()
    world.source.cluster()["spec"]["paused"] = True
    world.tick()
    kill(world, stage="created")
    world.undo()
    assert world.source.cluster()["spec"]["paused"] is True


def test_an_object_that_is_there_with_the_same_content_is_adopted():
    world = World()
    secret = vsphere_set.thing("v1", "Secret", "w01-vsphere-credentials", data={"username": "dQ=="})
    world.target.objects[objects.ref(secret)] = secret
    world.run()
    assert world.state() == END
    assert len(objects.owner_references(world.target.objects[objects.ref(secret)])) == 1


def test_an_adopted_object_survives_taking_back():
    world = World()
    secret = vsphere_set.thing("v1", "Secret", "w01-vsphere-credentials", data={"username": "dQ=="})
    world.target.objects[objects.ref(secret)] = secret
    kill(world, stage="created")
    world.undo()
    world.tick()
    left = world.capi(world.target)
    assert [ref.name for ref in left] == ["w01-vsphere-credentials"]
    assert objects.owner_references(next(iter(left.values()))) == ()


def test_an_object_that_says_something_else_is_never_overwritten():
    world = World()
    secret = vsphere_set.thing("v1", "Secret", "w01-vsphere-credentials", data={"username": "eA=="})
    world.target.objects[objects.ref(secret)] = secret
    with pytest.raises(PermanentError) as caught:
        world.run()
    assert caught.value.code == "MOVE_TARGET_CONFLICT"
    assert world.target.objects[objects.ref(secret)] == secret


def test_copies_that_the_source_outgrew_are_made_again():
    world = World()
    kill(world, stage="created")
    assert read_commit(world.target, "w01") is None
    config = next(iter(world.source.of_kind("KubeadmConfig").values()))
    config["spec"] = {"changed": "meanwhile"}
    world.run()
    assert digest(world.capi(world.target).values()) == digest(world.capi(world.source).values())
    assert world.machines == END[4]


def test_a_source_that_changes_while_it_is_copied_is_copied_again():
    world = World()
    config = next(iter(world.source.of_kind("KubeadmConfig").values()))
    world.target.webhook = lambda obj: config.update(spec={"changed": "meanwhile"})
    world.run()
    assert digest(world.capi(world.target).values()) == digest(world.capi(world.source).values())


def test_the_target_begins_only_once_the_source_has_stopped():
    world = World()
    kill(world, stage="fenced")
    assert not world.source.controllers_run
    assert world.target.cluster()["spec"]["paused"] is True


def test_the_end_is_confirmed_only_once_the_targets_controllers_have_looked():
    world = World()
    controllers = world.target.of_kind("Deployment").values()
    for controller in controllers:
        controller["spec"]["replicas"] = 0
    world.tick()
    with pytest.raises(AssertionError, match="end of the pause"):
        world.run(looks=5)
    assert world.check() is None
    for controller in controllers:
        controller["spec"]["replicas"] = 1
    world.run()
    assert world.check() is not None


def test_a_copy_that_somebody_deleted_is_made_again_with_all_it_owns():
    world = World()
    kill(world, stage="created")
    del world.target.objects[next(iter(world.target.of_kind("Machine")))]
    world.run()
    assert world.state() == END
    assert world.check() is not None


def test_a_copy_that_somebody_is_deleting_is_made_again():
    world = World()
    kill(world, stage="created")
    world.target.delete(next(iter(world.target.of_kind("Machine"))))
    world.run()
    assert world.state() == END
    assert not any(objects.is_deleting(obj) for obj in world.capi(world.target).values())


def test_something_that_changes_the_copies_stops_the_move_before_its_commit():
    world = World()
    world.target.webhook = lambda obj: (
        obj["metadata"].update(labels={"injected": "yes"})
        if obj["metadata"]["name"] == "w01-ca"
        else None
    )
    with pytest.raises(PermanentError, match="Secret eksa-system/w01-ca differs") as caught:
        world.run()
    assert caught.value.code == "MOVE_DIFFERS"
    assert read_commit(world.target, "w01") is None


def test_a_machine_that_changed_during_the_move_is_not_passed_over():
    world = World()
    kill(world, stage="committed")
    assert read_commit(world.target, "w01") is not None
    world.machines["w01-c0000"] = "another-uuid"
    with pytest.raises(PermanentError, match="virtual machine w01-c0000 is another one") as caught:
        world.run()
    assert caught.value.code == "MOVE_MACHINES_CHANGED"
    world.target.objects[REF]["data"]["accepted"] = "true"
    world.run()
    assert world.check() is not None


def test_a_silent_target_is_never_taken_for_a_move_that_was_not_made():
    world = World()
    world.run()
    world.target.answers = Reach.SILENT
    with pytest.raises(TemporaryError) as caught:
        world.check()
    assert caught.value.code == "CLUSTER_SILENT"
    with pytest.raises(TemporaryError):
        world.undo()


def test_a_silent_target_that_nothing_was_moved_to_is_no_error():
    world = World()
    world.target.answers = Reach.SILENT
    assert world.check() is None


def test_a_target_that_is_not_there_has_nothing():
    world = World()
    world.target.answers = Reach.ABSENT
    assert world.check() is None


def test_a_silent_source_is_waited_for_after_the_commit_since_it_may_still_work():
    world = World()
    kill(world, stage="committed")
    world.source.answers = Reach.SILENT
    with pytest.raises(TemporaryError) as caught:
        world.run()
    assert caught.value.code == "BOOTSTRAP_SILENT"


def test_after_the_commit_there_is_no_taking_back():
    world = World()
    world.run()
    with pytest.raises(Refused) as caught:
        world.undo()
    assert caught.value.code == "PIVOT_COMMITTED"


def test_an_unpaused_copy_is_not_removed():
    world = World()
    kill(world, stage="created")
    world.target.cluster()["spec"]["paused"] = False
    with pytest.raises(PermanentError) as caught:
        world.undo()
    assert caught.value.code == "MOVE_TARGET_ACTIVE"
    assert world.machines == END[4]


def test_taking_back_a_move_that_never_began_does_nothing():
    world = World()
    before = copy.deepcopy((world.source.objects, world.target.objects))
    world.undo()
    assert (world.source.objects, world.target.objects) == before


def test_a_kind_that_the_target_does_not_know_is_found_before_anything_is_made():
    world = World()
    crd = Ref(kinds.CRD, "", "machinehealthchecks.cluster.x-k8s.io")
    del world.target.objects[crd]
    with pytest.raises(PermanentError) as caught:
        world.run()
    assert caught.value.code == "API_UNKNOWN_KIND"
    assert not world.capi(world.target)
