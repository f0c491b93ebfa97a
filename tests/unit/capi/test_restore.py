from __future__ import annotations

import copy

import pytest

from bedplate.capi import objects
from bedplate.capi.commit import REF
from bedplate.capi.move import dangling_owners, digest
from bedplate.capi.restore import (
    copy_exists,
    forget,
    restore_copy,
    save_copy,
    was_moved,
)
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.kube import Reach
from tests.unit.capi import vsphere_set
from tests.unit.phases.one_side import Api
from tests.unit.phases.two_sides import Fuse, Killed, World


def lose_bootstrap(world):
    """A new bootstrap cluster with its providers, and nothing else."""
    world.source = Api("new", world.machines)
    world.source.install_providers()


def count_effects():
    world, fuse = World(), Fuse()
    save_copy(world.tools())
    lose_bootstrap(world)
    restore_copy(world.tools(fuse))
    return fuse.effects


EVERY_EFFECT = pytest.mark.parametrize("at", range(1, count_effects() + 1))


def test_a_lost_bootstrap_cluster_gets_all_objects_back_and_goes_on():
    world = World()
    before = digest(world.capi(world.source).values())
    save_copy(world.tools())
    lose_bootstrap(world)
    count = restore_copy(world.tools())
    restored = world.capi(world.source)
    assert count == len(restored)
    assert digest(restored.values()) == before
    assert dangling_owners(tuple(restored.values())) == ()
    assert not objects.is_paused(world.source.cluster())
    assert not any(objects.is_paused(obj) for obj in restored.values())


@EVERY_EFFECT
def test_a_restoration_that_was_killed_is_finished_by_the_next(at):
    world = World()
    before = digest(world.capi(world.source).values())
    save_copy(world.tools())
    lose_bootstrap(world)
    with pytest.raises(Killed):
        restore_copy(world.tools(Fuse(at, after=True)))
    world.tick()
    save_copy(world.tools())
    restore_copy(world.tools())
    assert digest(world.capi(world.source).values()) == before
    assert not objects.is_paused(world.source.cluster())
    assert len(world.machines) == 2


def test_a_half_restored_cluster_is_paused_and_does_not_overwrite_the_copy():
    world = World()
    save_copy(world.tools())
    kept = dict(world.vault.kept)
    lose_bootstrap(world)
    with pytest.raises(Killed):
        restore_copy(world.tools(Fuse(5, after=True)))
    assert objects.is_paused(world.source.cluster())
    save_copy(world.tools())
    assert world.vault.kept == kept


def test_a_cluster_that_is_there_is_left_alone():
    world = World()
    save_copy(world.tools())
    before = copy.deepcopy(world.source.objects)
    assert restore_copy(world.tools()) == 0
    assert world.source.objects == before


def test_without_a_copy_nothing_is_restored():
    world = World()
    lose_bootstrap(world)
    assert not copy_exists(world.tools())
    assert restore_copy(world.tools()) == 0


def test_a_copy_is_written_only_when_something_changed():
    world, fuse = World(), Fuse()
    save_copy(world.tools(fuse))
    save_copy(world.tools(fuse))
    assert fuse.effects == 1
    next(iter(world.source.of_kind("Machine").values()))["spec"]["version"] = "v1.35"
    save_copy(world.tools(fuse))
    assert fuse.effects == 2


def test_a_bootstrap_cluster_without_providers_has_nothing_to_copy():
    world = World()
    world.source = Api("bare", {})
    save_copy(world.tools())
    assert not copy_exists(world.tools())


def test_a_machine_that_the_copy_does_not_know_stops_the_restoration():
    world = World()
    save_copy(world.tools())
    world.machines["w01-c9999"] = "ordered after the copy"
    lose_bootstrap(world)
    with pytest.raises(PermanentError, match="w01-c9999") as caught:
        restore_copy(world.tools())
    assert caught.value.code == "RESTORE_INCOMPLETE"
    assert not world.capi(world.source)


def test_a_machine_of_another_cluster_does_not():
    world = World()
    save_copy(world.tools())
    world.machines["w01-east-md-0-abcde-fghij"] = "not ours"
    lose_bootstrap(world)
    assert restore_copy(world.tools()) > 0


def test_a_secret_that_was_applied_anew_keeps_what_it_says():
    world = World()
    save_copy(world.tools())
    lose_bootstrap(world)
    newer = vsphere_set.thing("v1", "Secret", "w01-vsphere-credentials", data={"username": "bmV3"})
    world.source.objects[objects.ref(newer)] = newer
    restore_copy(world.tools())
    secret = world.source.objects[objects.ref(newer)]
    assert secret["data"] == {"username": "bmV3"}
    assert [owner.kind.kind for owner in objects.owner_references(secret)] == ["VSphereCluster"]


def test_a_copy_taken_during_a_move_is_restored_unpaused():
    world = World()
    with pytest.raises(Killed):
        world.run(Fuse(stage="created"))
    lose_bootstrap(world)
    restore_copy(world.tools())
    assert not objects.is_paused(world.source.cluster())


def test_a_bootstrap_cluster_lost_during_the_move_is_restored_and_the_move_ends():
    world = World()
    machines = dict(world.machines)
    with pytest.raises(Killed):
        world.run(Fuse(stage="created"))
    lose_bootstrap(world)
    restore_copy(world.tools())
    world.run()
    assert world.check() is not None
    assert world.machines == machines
    assert sorted(r.identity for r in world.capi(world.target)) == sorted(
        r.identity for r in world.capi(world.source)
    )


def test_after_the_commit_nothing_is_restored_whether_or_not_the_vault_says_so():
    world = World()
    with pytest.raises(Killed):
        world.run(Fuse(stage="committed"))
    assert was_moved(world.tools())
    lose_bootstrap(world)
    assert copy_exists(world.tools())
    assert restore_copy(world.tools()) == 0
    assert not world.capi(world.source)


def test_before_the_commit_the_bootstrap_cluster_manages():
    world = World()
    assert not was_moved(world.tools())
    with pytest.raises(Killed):
        world.run(Fuse(stage="created"))
    assert not was_moved(world.tools())


def test_a_cluster_that_does_not_answer_may_have_been_moved():
    world = World()
    with pytest.raises(Killed):
        world.run(Fuse(stage="created"))
    world.target.answers = Reach.SILENT
    with pytest.raises(TemporaryError) as caught:
        was_moved(world.tools())
    assert caught.value.code == "CLUSTER_SILENT"
    lose_bootstrap(world)
    with pytest.raises(TemporaryError):
        restore_copy(world.tools())


def test_a_cluster_of_an_earlier_life_was_not_moved():
    world = World()
    world.run()
    del world.target.objects[REF]
    assert not was_moved(world.tools())
    world.target.answers = Reach.ABSENT
    assert not was_moved(world.tools())


def test_a_deleted_cluster_leaves_nothing_in_the_vault():
    world = World()
    world.run()
    save_copy(world.tools())
    forget(world.tools())
    assert world.vault.kept == {}
