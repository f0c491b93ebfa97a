"""The tables of operations: what every one of them must keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.engine.operation import Operation
from bedplate.engine.plan import Action, walk_back
from bedplate.errors import BadInput, ExitStatus
from bedplate.facts import BootstrapCluster
from bedplate.operations import CREATE, OPERATIONS, operation_named, steps_of

STEPS = [
    pytest.param(operation, step, id=f"{operation.name} {step.name}")
    for operation in OPERATIONS.values()
    for step in operation.steps
]
SOME_FACT = BootstrapCluster(name="any")

# What works on the bootstrap cluster, and what is seen on the cluster itself whoever manages it.
ON_BOOTSTRAP = ("bootstrap", "providers", "provider-setup", "control-plane", "workers")
ON_CLUSTER = ("networking", "storage", "own-providers", "secrets")


def seen(settled):
    """Return a look that finds these steps settled."""
    return lambda step: SOME_FACT if step.name in settled else None


@pytest.mark.parametrize(("operation", "step"), STEPS)
def test_every_fact_that_a_step_needs_is_given_by_a_step_before_it(operation, step):
    given = {operation[before].phase.gives for before in operation.before(step.name)}
    assert set(step.phase.needs) <= given


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_no_fact_is_given_twice(operation):
    names = [step.phase.gives.name for step in operation.steps]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("operation", "step"), STEPS)
def test_every_step_says_what_it_does_and_is_patient(operation, step):
    phase, patience = step.phase, step.phase.patience
    assert phase.title.strip() == phase.title != ""
    assert 1 <= patience.attempts <= patience.tries
    assert 0 < patience.poll < patience.deadline
    assert patience.backoff > 0


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operation_is_known_by_its_own_name(operation):
    assert isinstance(operation, Operation)
    assert operation_named(operation.name) is operation


def test_an_operation_that_does_not_exist_is_bad_input():
    with pytest.raises(BadInput, match="there is no operation 'destroy'") as raised:
        operation_named("destroy")
    assert raised.value.code == "OPERATION_UNKNOWN"
    assert raised.value.exit_status is ExitStatus.BAD_INPUT
    assert "create" in raised.value.why


def test_create_begins_with_preflight_alone_and_runs_workers_beside_its_own_providers():
    waves = [{step.name for step in wave} for wave in CREATE.waves()]
    assert waves[0] == {"preflight"}
    assert any({"workers", "own-providers"} <= wave for wave in waves)


def test_there_is_no_way_back_from_creates_pivot():
    assert CREATE.one_way == "pivot"
    assert "teardown" in CREATE.behind("pivot")
    assert "bootstrap" in CREATE.before("pivot")


@given(st.sets(st.sampled_from(ON_CLUSTER)))
def test_a_bootstrap_cluster_lost_before_the_pivot_is_made_again_and_filled(settled):
    """Whatever is seen on the cluster itself must not hide that its manager is gone."""
    plan = walk_back(CREATE, seen(settled))
    assert {*ON_BOOTSTRAP, "pivot"} <= set(plan.names(Action.DO))


def test_a_bootstrap_cluster_gone_after_the_pivot_is_neither_missed_nor_made():
    gone = {"preflight", *ON_BOOTSTRAP}
    for last in ("crds", "cluster-objects", "teardown"):
        todo = CREATE.behind(last) | {last}
        settled = {step.name for step in CREATE.steps} - gone - todo
        plan = walk_back(CREATE, seen(settled))
        assert gone <= set(plan.names(Action.KEEP))
        assert last in plan.names(Action.DO)


def test_every_verb_is_an_operation_of_its_own_name_or_of_one_for_managed_clusters():
    for operation in OPERATIONS.values():
        assert operation.name in (operation.verb, f"{operation.verb}-managed")


def test_the_steps_of_a_verb_are_named_once():
    names = steps_of("create")
    assert len(names) == len(set(names))
    assert {step.name for step in CREATE.steps} <= set(names)
