"""What a run tells those who watch."""

from structlog.testing import capture_logs

from bedplate.engine.phase import Waiting
from bedplate.engine.watch import LogWatch, Watches
from tests.unit.engine.small import Recorder, permanent, table, temporary
from tests.unit.engine.tables import plan_in

OPERATION = table("a", "b: a")
STEP = OPERATION["a"]
PLAN = plan_in(OPERATION, frozenset("a"), frozenset())


def tell_everything(watch):
    watch.planned(PLAN)
    watch.started(STEP)
    watch.said(STEP, "hello")
    watch.waiting(STEP, Waiting("2 of 3"))
    watch.kept(STEP, "already so")
    watch.settled(STEP, 1.25)
    watch.retrying(STEP, temporary(), 10)
    watch.failed(STEP, permanent())


def test_several_watchers_are_told_the_same():
    one, other = Recorder(), Recorder()
    tell_everything(Watches([one, other]))
    assert one.plans == other.plans == [PLAN]
    assert one.events == other.events
    assert one.events == [
        "a started",
        "a said hello",
        "a waits on 2 of 3",
        "a kept: already so",
        "a settled in 1.25 s",
        "a retries after BUSY in 10 s",
        "a failed with BROKEN",
    ]


def test_the_log_gets_one_line_per_event():
    with capture_logs() as lines:
        tell_everything(LogWatch())
    assert [line["event"] for line in lines] == [
        "planned",
        "step started",
        "said",
        "waiting",
        "step kept",
        "step settled",
        "step will be retried",
        "step failed",
    ]
    assert lines[0]["steps"] == {"a": "keep", "b": "do"}
    assert {line.get("step", "a") for line in lines} == {"a"}
    assert lines[-1]["remedy"] == "mend it"
    assert [line["log_level"] for line in lines[-2:]] == ["warning", "error"]
