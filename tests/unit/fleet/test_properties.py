"""Random fleets, failures and kills: what a campaign may never do."""

import random
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.fleet.states import ClusterState, Wanted
from tests.unit.fleet.fleets import HOUR, World, cluster, plan_of

ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
STOP_BEFORE = 900.0
WINDOW = {"start": "22:00", "duration": "5h", "timeZone": "cluster"}
QUICK = settings(max_examples=40, deadline=timedelta(seconds=5))


@st.composite
def fleets(draw, *, least_stages=1):
    """A plan of up to four stages with up to three batches each, with or without windows."""
    numbers = iter(range(1000))
    stages, settings_of = {}, []
    for number in range(draw(st.integers(least_stages, 4))):
        name = f"stage-{number}"
        sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
        stages[name] = [[f"c{next(numbers):03}" for _ in range(size)] for size in sizes]
        entry = {"name": name, "maxConcurrency": draw(st.integers(1, 6))}
        settings_of.append(entry)
    clusters = [
        cluster(
            name,
            place=draw(st.sampled_from(["vc-1", "vc-2", "vc-3"])),
            zone=draw(st.sampled_from(ZONES)),
        )
        for batches in stages.values()
        for batch in batches
        for name in batch
    ]
    spec: dict[str, Any] = {"stages": settings_of, "stopBefore": "15m"}
    if draw(st.booleans()):
        spec["windows"] = [WINDOW | {"days": draw(st.sampled_from([[], ["Tue", "Wed"]]))}]
    if draw(st.booleans()):
        spec["perVCenter"] = draw(st.integers(1, 3))
    return plan_of(stages, clusters, **spec)


SEEDS = st.integers(0, 2**32)


def worlds(plan, seed, fails=lambda _: False):
    luck = random.Random(seed)
    lengths = {one.name: luck.uniform(60, HOUR) for one in plan.clusters}
    return World(plan, fails=fails, takes=lengths, safe_point=luck.uniform(1, STOP_BEFORE / 2))


@QUICK
@given(fleets(), SEEDS)
def test_every_cluster_is_upgraded_once_however_often_the_campaign_is_killed(plan, seed):
    world = worlds(plan, seed)

    world.play(luck=random.Random(seed))

    assert world.completed
    assert set(world.states().values()) == {ClusterState.UPGRADED}
    assert sorted(world.upgrades_done) == sorted(one.name for one in plan.clusters)


@QUICK
@given(fleets(), SEEDS, st.integers(0, 40))
def test_every_cluster_ends_upgraded_or_failed_and_explained_or_untouched(plan, seed, percent):
    luck = random.Random(seed)
    bad = {one.name for one in plan.clusters if luck.randrange(100) < percent}
    world = worlds(plan, seed, fails=bad.__contains__)

    world.play(luck=luck)

    ends = {ClusterState.UPGRADED, ClusterState.FAILED, ClusterState.UNTOUCHED}
    assert set(world.states().values()) <= ends
    failed = [one for one in world.standing.clusters.values() if one.state is ClusterState.FAILED]
    assert {one.cluster for one in failed} == bad & world.touched
    assert all(one.why for one in failed)
    if failed:
        assert world.standing.wanted is Wanted.HOLD
        assert world.standing.why
    else:
        assert world.completed


@QUICK
@given(fleets(least_stages=2), SEEDS, st.sampled_from([None, {"maxFailed": 100}, {"percent": 0}]))
def test_a_version_that_works_on_canaries_only_reaches_one_batch_more(plan, seed, bears):
    if bears is not None:
        stages = [
            one.model_dump(mode="json", by_alias=True) | {"success": bears}
            for one in plan.campaign.spec.stages
        ]
        plan = plan_of(
            {one.name: [list(batch) for batch in one.batches] for one in plan.stages},
            plan.clusters,
            stages=stages,
        )
    canaries = set(plan.stages[0].clusters)
    world = worlds(plan, seed, fails=lambda name: name not in canaries)

    world.play(luck=random.Random(seed))

    assert world.touched <= canaries | set(plan.stages[1].batches[0])
    assert not world.completed


@QUICK
@given(fleets(), SEEDS)
def test_a_version_that_works_nowhere_reaches_one_batch_of_canaries(plan, seed):
    world = worlds(plan, seed, fails=lambda _: True)

    world.play(luck=random.Random(seed))

    assert world.touched <= set(plan.stages[0].batches[0])


@QUICK
@given(fleets(), SEEDS)
def test_no_work_is_done_outside_a_window(plan, seed):
    world = worlds(plan, seed)

    world.play(luck=random.Random(seed))

    assert outside_windows(world) == []


@QUICK
@given(fleets(), SEEDS, st.floats(0, 30))
def test_what_begins_after_an_outage_does_no_work_outside_a_window(plan, seed, hours):
    world = worlds(plan, seed)
    while (opens := world.turn().wake) is not None and not world.runs:
        world.move(opens - world.now)

    world.outage(hours * HOUR)
    world.move(60)  # the runs begin before the campaign looks
    world.play(luck=random.Random(seed))

    assert outside_windows(world) == []
    # Without windows a run that nobody took up for hours is held, as one that takes too long.
    assert world.completed or not plan.campaign.spec.windows


def outside_windows(world):
    """What was worked on while no window was open, or longer than it was."""
    found = []
    for name, begin, end in world.worked:
        opening = world.plan.calendar.opening(world.plan.by_name[name].zone, begin)
        if opening is None or not opening.start <= begin or not end <= opening.end:
            found.append((name, begin, end))
    return found


@QUICK
@given(fleets(), SEEDS)
def test_budgets_hold(plan, seed):
    world = worlds(plan, seed)

    world.play(luck=random.Random(seed))

    assert world.most_at_once <= max(one.max_concurrency for one in plan.campaign.spec.stages)
    if plan.campaign.spec.per_vcenter is not None:
        assert world.most_at_place <= plan.campaign.spec.per_vcenter


@QUICK
@given(fleets(), SEEDS, st.integers(0, 20))
def test_a_cancel_reaches_whatever_runs_and_touches_nothing_more(plan, seed, after):
    world = worlds(plan, seed)
    for _ in range(after):
        world.turn()
        if world.finished is not None:
            return
        world.move(600)
    before = set(world.touched)

    world.standing = type(world.standing)(
        Wanted.CANCEL, clusters=world.standing.clusters, gates=world.standing.gates
    )
    world.play(luck=random.Random(seed))

    assert world.touched == before
    assert world.finished is not None
    assert not {ClusterState.RUNNING, ClusterState.STARTING} & set(world.states().values())
