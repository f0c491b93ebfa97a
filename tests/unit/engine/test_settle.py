"""One attempt at a step: look, act, look until it is so."""

import pytest

from bedplate.engine.journal import LineKind
from bedplate.engine.phase import Waiting
from bedplate.engine.settle import FIRST_POLL, POLL_GROWTH, DeadlineExceeded
from bedplate.errors import LeaseLost, PermanentError, TemporaryError
from tests.unit.engine.small import MADE, Put, Scripted, permanent, temporary


def test_work_that_is_done_already_is_kept(desk):
    phase = Scripted(check=[MADE])
    outcome = desk.attempt(phase).settle()
    assert (outcome.fact, outcome.kept, outcome.seconds) == (MADE, True, 0)
    assert phase.calls == ["check"]
    assert desk.watch.events == []


def test_work_that_is_missing_is_asked_for_and_looked_at(desk):
    phase = Scripted()
    outcome = desk.attempt(phase).settle()
    assert (outcome.fact, outcome.kept) == (MADE, False)
    assert phase.calls == ["check", "run", "verify"]
    assert desk.watch.events == ["it started"]


def test_work_of_a_changed_specification_is_asked_for_without_a_look(desk):
    phase = Scripted(check=[MADE])
    assert not desk.attempt(phase, look_first=False).settle().kept
    assert phase.calls == ["run", "verify"]


def test_a_phase_of_several_stages_is_called_until_it_has_asked_for_everything(desk):
    phase = Scripted(run=[Waiting("stage one"), Waiting("stage two"), None])
    outcome = desk.attempt(phase).settle()
    assert phase.calls == ["check", "run", "run", "run", "verify"]
    assert outcome.seconds == 2 * FIRST_POLL
    assert desk.watch.events == ["it started", "it waits on stage one", "it waits on stage two"]


def test_verify_is_repeated_until_nothing_is_missing(desk):
    phase = Scripted(verify=[Waiting("1 of 3"), Waiting("2 of 3"), MADE])
    outcome = desk.attempt(phase).settle()
    assert phase.calls == ["check", "run", "verify", "verify", "verify"]
    assert outcome.seconds == 2 * FIRST_POLL


def test_looks_grow_apart_while_nothing_changes_and_come_close_again_after_a_change(desk):
    same, other = [Waiting("1 of 3")] * 8, [Waiting("2 of 3")]
    outcome = desk.attempt(Scripted(verify=[*same, *other, MADE])).settle()
    growing = [FIRST_POLL * POLL_GROWTH**turn for turn in range(6)]
    assert outcome.seconds == sum(growing) + 5 + 5 + FIRST_POLL


def test_a_wait_that_is_over_is_seen_before_it_has_taken_half_as_long_again(desk):
    done_after = 7.0
    began = desk.clock.now()

    class Slow(Scripted):
        def verify(self, given, tools):
            is_done = desk.clock.now() - began >= done_after
            return MADE if is_done else Waiting("it")

    outcome = desk.attempt(Slow()).settle()
    assert done_after <= outcome.seconds < 1.5 * done_after


def test_watchers_hear_of_a_wait_only_when_it_changes(desk):
    waits = [Waiting("1 of 3"), Waiting("1 of 3"), Waiting("2 of 3"), Waiting("1 of 3")]
    attempt = desk.attempt(Scripted(verify=[*waits, MADE]))
    attempt.settle()
    assert desk.watch.events == [
        "it started",
        "it waits on 1 of 3",
        "it waits on 2 of 3",
        "it waits on 1 of 3",
    ]
    assert attempt.waited_on == "1 of 3"


def test_other_evidence_for_the_same_wait_is_no_news(desk):
    answers = [Waiting("a node", {"seen": seconds}) for seconds in (1, 2, 3)]
    desk.attempt(Scripted(verify=[*answers, MADE])).settle()
    assert desk.watch.events == ["it started", "it waits on a node"]


def test_the_deadline_ends_an_attempt_with_the_last_evidence(desk):
    waits = [Waiting("1 of 3", {"m-1": "Pending"}), Waiting("2 of 3", {"m-3": "no node"})]
    attempt = desk.attempt(Scripted(verify=waits))
    with pytest.raises(DeadlineExceeded, match=r"still waits on 2 of 3 .*\(m-3: no node\)") as over:
        attempt.settle()
    assert over.value.code == "DEADLINE"
    assert "m-1" not in over.value.seen
    assert "60 s" in over.value.why
    assert attempt.waited_on == "2 of 3"


def test_an_attempt_never_sleeps_beyond_its_deadline(desk):
    attempt = desk.attempt(Scripted(verify=[Waiting("it")]))
    with pytest.raises(DeadlineExceeded, match="after 60 s"):
        attempt.settle()
    assert attempt.seconds == Scripted.patience.deadline


def test_stages_and_looks_share_one_deadline(desk):
    stages = [Waiting(f"stage {number}") for number in range(7)]
    attempt = desk.attempt(Scripted(run=[*stages, None], verify=[Waiting("the end")]))
    with pytest.raises(DeadlineExceeded, match="the end after 60 s"):
        attempt.settle()


def test_a_deadline_can_be_tried_again():
    assert issubclass(DeadlineExceeded, TemporaryError)


def test_a_temporary_error_in_a_look_is_waited_out(desk):
    phase = Scripted(verify=[temporary(), MADE])
    assert desk.attempt(phase).settle().seconds == FIRST_POLL
    assert desk.watch.events == ["it started", "it waits on an answer after BUSY: it is busy"]


def test_a_look_that_never_succeeds_ends_at_the_deadline_with_its_error(desk):
    with pytest.raises(DeadlineExceeded, match="BUSY: it is busy"):
        desk.attempt(Scripted(verify=[temporary()])).settle()


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_temporary_error_before_the_looks_ends_the_attempt(desk, verb):
    phase = Scripted(**{verb: [temporary()]})
    attempt = desk.attempt(phase)
    with pytest.raises(TemporaryError, match="BUSY"):
        attempt.settle()
    assert phase.calls[-1] == verb
    assert attempt.seconds == 0


@pytest.mark.parametrize("verb", ["check", "run", "verify"])
def test_a_permanent_error_ends_the_attempt_at_once(desk, verb):
    phase = Scripted(**{verb: [permanent()]})
    attempt = desk.attempt(phase)
    with pytest.raises(PermanentError, match="BROKEN"):
        attempt.settle()
    assert phase.calls[-1] == verb
    assert attempt.seconds == 0


def test_nothing_is_done_once_the_lease_is_lost(desk):
    def lost():
        raise LeaseLost("LEASE_LOST", "another has it")

    phase = Scripted()
    with pytest.raises(LeaseLost):
        desk.attempt(phase, still_ours=lost).settle()
    assert phase.calls == ["check"]


def test_the_lease_is_asked_for_before_every_look(desk):
    asked = []
    phase = Scripted(run=[Waiting("a"), None], verify=[Waiting("b"), MADE])
    desk.attempt(phase, still_ours=lambda: asked.append(len(phase.calls))).settle()
    assert asked == [1, 2, 3, 4]


# -- changes only while acting -------------------------------------------------------------------


class ChangesIn(Put):
    """Changes the world in a verb that may only look."""

    def __init__(self, verb):
        super().__init__("it")
        self.verb = verb

    def check(self, given, tools):
        if self.verb == "check":
            tools.ports.vault.put("it", "too early")

    def verify(self, given, tools):
        if self.verb == "verify":
            tools.ports.vault.put("it", "too late")
        return super().verify(given, tools)


@pytest.mark.parametrize(("verb", "changes"), [("check", []), ("verify", ["put it"])])
def test_a_look_that_changes_something_is_refused_before_it_does(desk, verb, changes):
    with pytest.raises(PermanentError, match="called while only looking") as refused:
        desk.attempt(ChangesIn(verb)).settle()
    assert refused.value.code == "EFFECT_IN_LOOK"
    assert desk.shelf.changes == changes


def test_run_may_change_the_world_and_its_changes_are_journalled(desk):
    desk.attempt(Put("it")).settle()
    assert desk.shelf.things == {"it": "it"}
    assert desk.lines() == [(LineKind.INTENT, "vault.put"), (LineKind.DONE, "vault.put")]


def test_after_a_failed_run_nothing_may_be_changed(desk):
    seen = []

    class Fails(Put):
        def run(self, given, tools):
            seen.append(tools)
            raise temporary()

    with pytest.raises(TemporaryError):
        desk.attempt(Fails("it")).settle()
    with pytest.raises(PermanentError, match="while only looking"):
        seen[0].ports.vault.put("it", "late")


# -- the copy of what a lost bootstrap cluster would take with it --------------------------------


def keep_copy(tools):
    tools.ports.vault.put("copy", "of it")


def test_a_copy_is_kept_whenever_the_wait_changes_and_at_the_end(desk):
    waits = [Waiting("1 of 2"), Waiting("1 of 2"), Waiting("2 of 2")]
    desk.attempt(Scripted(verify=[*waits, MADE]), keep=keep_copy).settle()
    assert desk.shelf.changes == ["put copy"] * 3


def test_no_copy_is_made_of_what_was_kept(desk):
    desk.attempt(Scripted(check=[MADE]), keep=keep_copy).settle()
    assert desk.shelf.changes == []


def test_a_copy_that_fails_for_now_does_not_fail_the_step(desk):
    desk.shelf.troubles["put copy"] = [temporary()]
    phase = Scripted(verify=[Waiting("it"), MADE])
    assert desk.attempt(phase, keep=keep_copy).settle().fact == MADE
    assert desk.shelf.things == {"copy": "of it"}


def test_a_copy_that_cannot_be_made_fails_the_step(desk):
    desk.shelf.troubles["put copy"] = [permanent()]
    with pytest.raises(PermanentError, match="BROKEN"):
        desk.attempt(Scripted(), keep=keep_copy).settle()


def test_keeping_a_copy_does_not_let_the_next_look_change_anything(desk):
    class WaitsThenChanges(Scripted):
        def verify(self, given, tools):
            found = super().verify(given, tools)
            if len(self.calls) > 3:
                tools.ports.vault.put("it", "too late")
            return found

    with pytest.raises(PermanentError, match="while only looking"):
        desk.attempt(WaitsThenChanges(verify=[Waiting("it"), MADE]), keep=keep_copy).settle()
    assert desk.shelf.things == {"copy": "of it"}


# -- taking back ---------------------------------------------------------------------------------


def test_undo_is_repeated_until_nothing_is_left(desk):
    phase = Scripted(undo=[Waiting("2 machines to go"), Waiting("1 machine to go"), None])
    attempt = desk.attempt(phase)
    attempt.undo()
    assert phase.calls == ["undo"] * 3
    assert attempt.seconds == 2 * FIRST_POLL
    assert desk.watch.events == ["it waits on 2 machines to go", "it waits on 1 machine to go"]


def test_undo_ends_at_the_deadline_too(desk):
    with pytest.raises(DeadlineExceeded, match="1 machine to go"):
        desk.attempt(Scripted(undo=[Waiting("1 machine to go")])).undo()


def test_undo_may_change_the_world(desk):
    desk.shelf.things["it"] = "it"
    desk.attempt(Put("it")).undo()
    assert desk.shelf.things == {}
