"""The order of what is said, while steps run side by side."""

import pytest

from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Action, Decision, Plan
from bedplate.engine.settle import STOPPED
from bedplate.errors import PermanentError, TemporaryError
from bedplate.operations import CREATE
from bedplate.spec import load_file
from deployments.cli.speaker import Speaker
from tests.cli.conftest import EXAMPLE


@pytest.fixture
def said():
    return []


@pytest.fixture
def speaker(said):
    return Speaker(CREATE, load_file(EXAMPLE), said.append)


def plan(**actions):
    named = {name.replace("_", "-"): action for name, action in actions.items()}
    return Plan(
        CREATE,
        tuple(
            Decision(step, named.get(step.name, Action.DO), "already so") for step in CREATE.steps
        ),
    )


def begin(speaker, *names):
    for name in names:
        speaker.started(CREATE[name])


BEFORE_WORKERS = [step.name for step in CREATE.steps if step.number < CREATE["workers"].number]


def test_a_title_is_said_when_its_step_begins(speaker, said):
    begin(speaker, "preflight")

    assert said == ["Performing setup and validations"]


def test_the_lines_of_a_later_row_wait_until_the_earlier_rows_have_begun(speaker, said):
    begin(speaker, *BEFORE_WORKERS)
    begin(speaker, "own-providers")
    speaker.said(CREATE["own-providers"], "a line of a later row")
    assert said[-1] == CREATE["networking"].phase.title

    begin(speaker, "workers")
    assert said[-1] == CREATE["workers"].phase.title

    begin(speaker, "storage")
    assert said[-3:] == [
        "Installing storage class on workload cluster",
        "Installing cluster-api providers on workload cluster",
        "a line of a later row",
    ]


def test_what_is_held_back_is_said_at_the_end(speaker, said):
    begin(speaker, "preflight", "networking")
    speaker.said(CREATE["networking"], "held")

    speaker.flush()

    assert said[-2:] == [CREATE["networking"].phase.title, "held"]


def test_a_step_that_the_specification_skips_says_its_title_and_the_reason(speaker, said):
    speaker.speak_at_once()

    speaker.kept(CREATE["gitops"], "GitOps field not specified, bootstrap flux skipped")
    speaker.flush()

    assert said == [
        "Installing AddonManager and GitOps Toolkit on workload cluster",
        "GitOps field not specified, bootstrap flux skipped",
    ]


def test_kept_steps_are_said_with_the_reason(speaker, said):
    speaker.planned(plan(preflight=Action.KEEP, bootstrap=Action.KEEP))

    assert said == ["Kept: preflight (already so)", "Kept: bootstrap (already so)"]


def test_steps_that_nobody_asked_for_hold_nothing_back(speaker, said):
    speaker.planned(plan(preflight=Action.KEEP, bootstrap=Action.LEAVE))
    begin(speaker, "providers")

    assert said[-1] == "Installing cluster-api providers on bootstrap cluster"


def test_a_plan_that_keeps_everything_has_no_work(speaker):
    speaker.planned(plan(**{step.name.replace("-", "_"): Action.KEEP for step in CREATE.steps}))
    assert not speaker.has_work

    speaker.planned(plan())
    assert speaker.has_work


def test_what_a_step_waits_on_is_indented_below_the_titles(speaker, said):
    begin(speaker, "preflight")
    speaker.waiting(CREATE["preflight"], Waiting("an answer"))

    assert said[-1] == "    … preflight: an answer"


def test_a_title_is_said_once_however_often_the_step_is_tried(speaker, said):
    speaker.planned(plan())
    begin(speaker, "preflight")
    error = TemporaryError("NET_UNREACHABLE", "no answer")
    speaker.retrying(CREATE["preflight"], error, 10)
    begin(speaker, "preflight")

    assert said == [
        "Performing setup and validations",
        "    … preflight: NET_UNREACHABLE: no answer; trying again in 10 s",
    ]


def test_a_look_that_fails_before_a_step_begins_is_said_when_it_happens(speaker, said):
    error = TemporaryError("NET_UNREACHABLE", "no answer")
    line = "    … preflight: NET_UNREACHABLE: no answer; trying again in 10 s"

    speaker.retrying(CREATE["preflight"], error, 10)
    assert said == [line]

    speaker.planned(plan())
    speaker.retrying(CREATE["preflight"], error, 10)
    assert said == [line, "Performing setup and validations", line]


def test_the_step_that_failed_first_is_remembered(speaker, said):
    begin(speaker, "preflight")
    speaker.failed(CREATE["preflight"], PermanentError("AUTH_DENIED", "401"))

    assert speaker.broken is CREATE["preflight"]
    assert said[-1] == "    … preflight: failed with AUTH_DENIED"


def test_a_stop_is_no_failure(speaker, said):
    begin(speaker, "preflight")
    speaker.failed(CREATE["preflight"], PermanentError(STOPPED, "asked to stop"))

    assert speaker.broken is None
    assert said == ["Performing setup and validations"]
