"""Resume walks backwards: which steps a run has to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.engine.plan import Action, narrow, walk_back
from bedplate.errors import BadInput, Refused
from bedplate.operations import CREATE
from tests.unit.engine.small import MADE, table
from tests.unit.engine.tables import operations, plan_in, plans, some_steps

CHAIN = table("a", "b: a", "c: b", "d: c")


def actions(plan):
    return {d.step.name: d.action for d in plan.decisions}


def walked(operation, world, reopened=()):
    """Return the plan, and the steps that were looked at to make it."""
    looked = []

    def look(step):
        looked.append(step.name)
        return MADE if step.name in world else None

    return walk_back(operation, look, reopened), looked


def test_in_an_empty_world_everything_is_done():
    plan, looked = walked(CHAIN, world=())
    assert plan.names(Action.DO) == ("a", "b", "c", "d")
    assert looked == ["d", "c", "b", "a"]


def test_in_a_finished_world_only_the_last_step_is_looked_at():
    plan, looked = walked(CHAIN, world="abcd")
    assert plan.names(Action.KEEP) == ("a", "b", "c", "d")
    assert looked == ["d"]


def test_a_step_that_nothing_needs_any_more_is_neither_looked_at_nor_done():
    plan, looked = walked(CHAIN, world="c")
    assert plan.names(Action.DO) == ("d",)
    assert looked == ["d", "c"]
    assert plan["a"].why == "no step that is still to do needs it"


def test_a_kept_step_behind_one_to_do_is_looked_at_again_at_its_turn():
    plan, _ = walked(table("a", "b: a", "c: a b", "d: c"), world="bd")
    assert set(actions(plan).values()) == {Action.KEEP}
    plan, _ = walked(table("a", "b: a", "c: b", "d: a"), world="c")
    assert actions(plan) == {
        "a": Action.DO,
        "b": Action.LOOK,
        "c": Action.LOOK,
        "d": Action.DO,
    }


def test_a_reopened_step_is_done_though_it_is_settled():
    plan, looked = walked(CHAIN, world="abcd", reopened={"c"})
    assert actions(plan) == {
        "a": Action.KEEP,
        "b": Action.KEEP,
        "c": Action.DO,
        "d": Action.LOOK,
    }
    assert "c" not in looked
    assert plan["c"].why == "the specification it depends on has changed"


def test_what_a_reopened_step_stands_on_is_looked_at():
    plan, looked = walked(CHAIN, world="acd", reopened={"c"})
    assert plan.names(Action.DO) == ("b", "c")
    assert looked == ["d", "b", "a"]


def test_after_the_pivot_a_missing_bootstrap_cluster_is_not_built_again():
    gone = {"preflight", "bootstrap", "providers", "provider-setup", "control-plane", "workers"}
    left = {"crds", "cluster-objects", "gitops", "cluster-config", "teardown", "packages"}
    world = {step.name for step in CREATE.steps} - gone - left
    plan, looked = walked(CREATE, world)
    assert set(plan.names(Action.DO)) == left
    assert gone.isdisjoint(looked)


def test_a_bootstrap_cluster_lost_before_the_pivot_is_built_again():
    plan, _ = walked(CREATE, world={"networking", "own-providers", "secrets", "storage"})
    assert {"bootstrap", "control-plane", "workers", "pivot"} <= set(plan.names(Action.DO))
    assert set(plan.names(Action.LOOK)) == {"networking", "own-providers", "secrets", "storage"}


@given(st.data())
def test_a_step_is_looked_at_only_if_a_step_after_it_is_to_be_done(data):
    operation = data.draw(operations())
    plan, looked = walked(
        operation, data.draw(some_steps(operation)), data.draw(some_steps(operation))
    )
    assert len(looked) == len(set(looked))
    for name in looked:
        after = operation.followers(name)
        assert not after or any(plan[other.name].action is Action.DO for other in after)


@given(st.data())
def test_nothing_before_a_kept_chain_is_looked_at(data):
    operation = data.draw(operations())
    world = data.draw(some_steps(operation))
    _, looked = walked(operation, world)
    for step in operation.steps:
        behind = operation.behind(step.name)
        if behind and behind <= world:
            assert step.name not in looked


@given(st.data())
def test_a_step_is_done_only_if_it_is_wanted_and_not_so(data):
    operation = data.draw(operations())
    world, reopened = data.draw(some_steps(operation)), data.draw(some_steps(operation))
    plan = plan_in(operation, world, reopened)
    for step in operation.steps:
        followers = operation.followers(step.name)
        wanted = not followers or any(plan[f.name].action is Action.DO for f in followers)
        to_do = step.name in reopened or (wanted and step.name not in world)
        assert (plan[step.name].action is Action.DO) == to_do


@given(plans())
def test_a_kept_step_never_stands_behind_one_that_is_done_or_looked_at(plan):
    for name in plan.names(Action.KEEP):
        for before in plan.operation.before(name):
            assert plan[before].action is Action.KEEP


@given(plans())
def test_a_step_is_looked_at_again_only_behind_one_that_is_done(plan):
    for name in plan.names(Action.LOOK):
        before = plan.operation.before(name)
        assert any(plan[other].action is Action.DO for other in before)


@given(plans())
def test_a_plan_decides_every_step_once_in_the_tables_order(plan):
    assert tuple(d.step for d in plan.decisions) == plan.operation.steps
    assert Action.LEAVE not in actions(plan).values()


def test_a_plan_knows_nothing_of_other_steps():
    plan, _ = walked(CHAIN, world="a")
    with pytest.raises(KeyError):
        plan["x"]


# -- a part of the steps -------------------------------------------------------------------------


def test_a_plan_without_limits_stays_as_it_is():
    plan, _ = walked(CHAIN, world="a")
    assert narrow(plan, None, None) == plan


def test_up_to_a_step_the_later_ones_are_left():
    plan, _ = walked(table("a", "b: a", "c: b", "x: a"), world="")
    assert actions(narrow(plan, None, "b")) == {
        "a": Action.DO,
        "b": Action.DO,
        "c": Action.LEAVE,
        "x": Action.LEAVE,
    }


def test_from_a_step_the_ones_beside_it_are_left():
    plan, _ = walked(table("a", "b: a", "c: b", "x: a"), world="a")
    assert actions(narrow(plan, "b", None)) == {
        "a": Action.KEEP,
        "b": Action.DO,
        "c": Action.DO,
        "x": Action.LEAVE,
    }


def test_from_a_step_before_which_something_is_to_do_is_refused():
    plan, _ = walked(CHAIN, world="a")
    with pytest.raises(Refused, match="--from-step d: b, c must be settled") as refused:
        narrow(plan, "d", None)
    assert refused.value.code == "STEP_UNSETTLED"
    assert "--from-step b" in refused.value.remedy


@given(st.data())
def test_a_limit_never_adds_work_and_never_leaves_out_the_steps_asked_for(data):
    operation = data.draw(operations())
    plan = plan_in(operation, data.draw(some_steps(operation)), frozenset())
    name = st.none() | st.sampled_from([step.name for step in operation.steps])
    first, last = data.draw(name), data.draw(name)
    try:
        limited = narrow(plan, first, last)
    except Refused:
        assert first is not None
        assert any(plan[before].action is Action.DO for before in operation.before(first))
        return
    for decision in limited.decisions:
        step = decision.step.name
        inside = (first is None or step == first or step in operation.behind(first)) and (
            last is None or step == last or step in operation.before(last)
        )
        if inside or plan[step].action is Action.KEEP:
            assert decision == plan[step]
        else:
            assert decision.action is Action.LEAVE


@pytest.mark.parametrize("limits", [("x", None), (None, "x")])
def test_a_limit_that_is_no_step_is_bad_input(limits):
    plan, _ = walked(CHAIN, world="")
    with pytest.raises(BadInput) as refused:
        narrow(plan, *limits)
    assert refused.value.code == "STEP_UNKNOWN"
    assert "a, b, c, d" in refused.value.why
