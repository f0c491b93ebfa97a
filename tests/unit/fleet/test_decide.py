"""Gates, holds, windows and foreign changes, one decision at a time."""

from dataclasses import replace

from bedplate.fleet.actions import Finish, Hold, Leave, OpenGate, PassGate, Start, StartJob, Stop
from bedplate.fleet.decide import decide
from bedplate.fleet.states import (
    Approval,
    CampaignState,
    ClusterRecord,
    ClusterState,
    GateRecord,
    GateState,
    Standing,
    Wanted,
)
from tests.unit.fleet.fleets import HOUR, MONDAY, cluster, plan_of

GATE = "canary/before/approval"
RUN = Standing(Wanted.RUN, requested_by="ann")


def gated(**gates):
    stages = [{"name": "canary", "gates": gates}]
    return plan_of({"canary": [["a"]]}, stages=stages)


APPROVED = gated(before=[{"approval": {"count": 2, "valid": "1h"}}])
WAITING = replace(RUN, gates={GATE: GateRecord(GATE, GateState.OPENED, MONDAY)})


def said(plan, who, *, approved=True, at=MONDAY, of=None, source=""):
    expires = at + HOUR
    return Approval(GATE, of or plan.hash, who, approved, at, expires, source or f"{who}{at}")


def after(*approvals, now=MONDAY + 60):
    return decide(APPROVED, replace(WAITING, approvals=approvals), now)


def test_a_gate_that_is_reached_is_opened_and_people_are_asked():
    assert decide(APPROVED, RUN, MONDAY).actions == (OpenGate(GATE),)
    assert after().asks == GATE
    assert after().blocked == {"a": f"approval of {GATE} (2 missing)"}


def test_two_people_pass_a_gate_that_asks_for_two():
    (passed,) = after(said(APPROVED, "bob"), said(APPROVED, "Eve")).actions

    assert passed == PassGate(GATE, "approved by bob, eve")


def test_one_person_is_not_two_however_the_name_is_spelled():
    assert after(said(APPROVED, "bob"), said(APPROVED, " BOB")).actions == ()


def test_who_requested_it_does_not_count():
    assert after(said(APPROVED, "bob"), said(APPROVED, "Ann")).actions == ()


def test_an_approval_of_another_plan_does_not_count():
    assert after(said(APPROVED, "bob"), said(APPROVED, "eve", of="0" * 64)).actions == ()


def test_an_approval_expires():
    decisions = (said(APPROVED, "bob"), said(APPROVED, "eve"))

    assert after(*decisions, now=MONDAY + HOUR).actions == ()


def test_a_rejection_holds_the_campaign_until_it_is_asked_again():
    rejected = said(APPROVED, "bob", approved=False)
    (held,) = after(rejected).actions

    assert held == Hold(f"{GATE} was rejected by bob")
    asked_again = replace(WAITING, gates={GATE: GateRecord(GATE, GateState.OPENED, MONDAY + 1)})
    assert decide(APPROVED, replace(asked_again, approvals=(rejected,)), MONDAY + 2).actions == ()


def test_a_soak_passes_by_itself_and_says_when():
    plan = gated(before=[{"soak": "24h"}])
    gate = GateRecord("canary/before/soak", GateState.OPENED, MONDAY)
    standing = replace(RUN, gates={gate.gate: gate})

    assert decide(plan, standing, MONDAY).wake == MONDAY + 24 * HOUR
    (passed,) = decide(plan, standing, MONDAY + 24 * HOUR).actions
    assert isinstance(passed, PassGate)


def test_a_job_is_begun_once_and_its_failure_holds():
    plan = gated(before=[{"name": "smoke", "job": {"deployment": "health/smoke"}}])
    opened = GateRecord("canary/before/smoke", GateState.OPENED, MONDAY)

    def actions(gate):
        return decide(plan, replace(RUN, gates={gate.gate: gate}), MONDAY).actions

    assert actions(opened) == (StartJob(opened.gate, 1),)
    assert actions(replace(opened, attempt=1, run="r")) == ()
    assert actions(replace(opened, state=GateState.FAILED, why="no")) == (Hold("no"),)


def test_a_cluster_that_others_changed_is_left_alone_and_the_rest_goes_on():
    plan = plan_of({"all": [["a", "b"]]})
    standing = replace(RUN, foreign={"a": "run 7 (scale) by eve"})

    assert decide(plan, standing, MONDAY).actions == (Leave("a", "run 7 (scale) by eve"),)
    left = replace(standing, clusters={"a": ClusterRecord("a", ClusterState.FOREIGN)})
    assert decide(plan, left, MONDAY).actions == (Start("b", 1),)


WINDOWS = [{"start": "22:00", "duration": "5h", "timeZone": "UTC"}]


def running(name, since):
    return {name: ClusterRecord(name, ClusterState.RUNNING, 1, "r", since=since)}


def test_nothing_begins_that_would_not_end_in_its_window():
    plan = plan_of({"all": [["a"]]}, [cluster("a", seconds=2 * HOUR)], windows=WINDOWS)

    late = decide(plan, RUN, MONDAY + HOUR)  # until 03:00, less a quarter of an hour

    assert late.actions == ()
    assert late.blocked == {"a": "too late in this window"}
    assert late.wake == MONDAY + 22 * HOUR


def test_what_runs_when_its_window_ends_is_stopped_before_and_goes_on_in_the_next():
    plan = plan_of({"all": [["a"]]}, windows=WINDOWS)
    busy = replace(RUN, clusters=running("a", MONDAY + HOUR))

    assert decide(plan, busy, MONDAY + 2.5 * HOUR).wake == MONDAY + 2.75 * HOUR
    assert decide(plan, busy, MONDAY + 2.75 * HOUR).actions == (Stop("a", "its window ends"),)
    stopped = {"a": ClusterRecord("a", ClusterState.STOPPED, 1, "r")}
    night = decide(plan, replace(RUN, clusters=stopped), MONDAY + 22 * HOUR)
    assert night.actions == (Start("a", 2),)


def test_one_that_runs_for_too_long_is_stopped_and_the_campaign_held():
    plan = plan_of({"all": [["a", "b"]]}, clusterTimeout="2h")
    found = decide(plan, replace(RUN, clusters=running("a", MONDAY)), MONDAY + 2 * HOUR)

    stop, hold = found.actions
    assert isinstance(stop, Stop)
    assert hold == Hold("a has run for more than 2h")


def test_on_hold_nothing_begins_and_what_runs_may_end():
    plan = plan_of({"all": [["a", "b"]]})
    held = replace(RUN, wanted=Wanted.HOLD, clusters=running("a", MONDAY))

    assert decide(plan, held, MONDAY).actions == ()


def test_a_pause_stops_what_runs_and_begins_nothing():
    plan = plan_of({"all": [["a", "b"]]})
    paused = replace(RUN, wanted=Wanted.PAUSE, clusters=running("a", MONDAY))

    assert decide(plan, paused, MONDAY).actions == (Stop("a", "paused"),)


def test_a_cancelled_campaign_ends_once_nothing_runs():
    plan = plan_of({"all": [["a", "b"]]})
    cancelled = replace(RUN, wanted=Wanted.CANCEL, why="by ann")

    assert decide(plan, cancelled, MONDAY).actions == (Finish(CampaignState.CANCELLED, "by ann"),)
