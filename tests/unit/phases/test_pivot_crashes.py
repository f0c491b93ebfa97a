"""The pivot killed before and after every one of its effects."""

from __future__ import annotations

import contextlib

import pytest

from bedplate.capi import objects
from bedplate.capi.commit import read_commit
from bedplate.errors import PermanentError, Refused
from bedplate.ports.kube import Reach
from tests.unit.phases.two_sides import EFFECTS, END, Fuse, Killed, World, kill

EVERY_EFFECT = pytest.mark.parametrize("at", range(1, EFFECTS + 1))


@EVERY_EFFECT
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_pivot_that_was_killed_at_any_effect_ends_as_if_it_had_not_been(at, after):
    world = World()
    kill(world, at, after=after)
    world.tick()
    world.run()
    assert world.state() == END
    assert world.check() is not None


@EVERY_EFFECT
def test_a_killed_pivot_also_ends_well_in_a_new_run_without_the_old_ones_notes(at):
    world = World()
    kill(world, at)
    world.notes.lines.clear()
    world.run()
    assert world.state() == END


@EVERY_EFFECT
def test_a_killed_pivot_was_either_committed_or_can_be_taken_back(at):
    world = World()
    before = world.source.cluster()["spec"]
    kill(world, at)
    if read_commit(world.target, "w01") is not None:
        with pytest.raises(Refused):
            world.undo()
        return
    world.undo()
    assert not world.capi(world.target)
    assert world.source.cluster()["spec"] == before
    assert "bedplate/move" not in objects.annotations_of(world.source.cluster())
    assert world.machines == END[4]
    world.run()
    assert world.state() == END


@EVERY_EFFECT
def test_never_do_both_sides_manage(at):
    world = World()
    kill(world, at)
    working = [
        side
        for side in (world.source, world.target)
        if side.controllers_run
        and side.of_kind("Cluster")
        and not objects.is_paused(side.cluster())
    ]
    assert len(working) <= 1


@EVERY_EFFECT
def test_a_bootstrap_cluster_lost_at_any_effect_never_undoes_a_commit(at):
    world = World()
    kill(world, at)
    world.source.answers = Reach.ABSENT
    if read_commit(world.target, "w01") is None:
        with pytest.raises(PermanentError) as caught:
            world.run()
        assert caught.value.code == "BOOTSTRAP_LOST"
        return
    world.run()
    assert world.check() is not None
    assert world.state()[1] is None
    assert world.machines == END[4]


@EVERY_EFFECT
def test_a_taking_back_that_was_killed_is_finished_by_the_next(at):
    world = World()
    kill(world, stage="created")
    with contextlib.suppress(Killed):
        world.undo(Fuse(at, after=True))
    for _ in range(5):
        world.tick()
    world.undo()
    assert not world.capi(world.target)
    assert not objects.is_paused(world.source.cluster())
    assert world.machines == END[4]
