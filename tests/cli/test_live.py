"""The live lines of a terminal: what they say at each moment of a run."""

import io
import re

import pytest
from rich.console import Console

from bedplate.engine.plan import Action, Decision, Plan
from bedplate.operations import CREATE
from deployments.cli.live import LiveSteps

KEPT = ("preflight", "bootstrap")
PLAN = Plan(
    CREATE,
    tuple(
        Decision(step, Action.KEEP if step.name in KEPT else Action.DO, "") for step in CREATE.steps
    ),
)


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def live(screen):
    return LiveSteps(Console(file=screen, force_terminal=True, width=100, color_system=None))


def shown(live, screen):
    """What is drawn right now."""
    screen.truncate(0)
    with live:
        pass
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())


def test_before_there_is_a_plan_it_says_that_it_looks(live, screen):
    said = shown(live, screen)

    assert "looking at what is there already" in said
    assert "settled" not in said


def test_with_a_plan_it_counts_the_steps(live, screen):
    live.planned(PLAN)
    assert "2 of 17 steps settled" in shown(live, screen)

    live.started(CREATE["providers"])
    live.settled(CREATE["providers"], 1.0)
    assert "3 of 17 steps settled" in shown(live, screen)
