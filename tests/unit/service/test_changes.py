"""A run that is aborted, moved to another site, or given another specification."""

import pytest

from bedplate.engine.journal import RunState, StepState
from bedplate.engine.operation import Operation
from bedplate.engine.plan import Action
from bedplate.errors import PermanentError, Refused
from bedplate.service import abort, run_to_end
from tests.unit.engine.small import MORE_WORKERS, OTHER_ENDPOINT, TEXT, Put, permanent, temporary
from tests.unit.service.office import ABC, SmallSite

# -- abort -----------------------------------------------------------------------------------------


def test_abort_takes_back_what_was_begun_the_last_first(office):
    office.fail_at("b")
    office.abort(ABC)
    assert office.site.shelf.changes == ["delete b", "delete a"]
    assert office.site.shelf.things == {}
    assert office.states == dict.fromkeys("ab", StepState.UNDONE)
    assert office.last_run.state is RunState.ABORTED


def test_after_an_abort_a_new_run_begins(office):
    office.fail_at("b")
    aborted = office.last_run.id
    office.abort(ABC)
    assert office.run(ABC) is RunState.COMPLETED
    assert office.last_run.id != aborted


def test_an_abort_that_failed_goes_on_where_it_stopped(office):
    office.fail_at("c")
    office.site.shelf.troubles["delete b"] = [permanent()]
    with pytest.raises(PermanentError):
        office.abort(ABC)
    office.abort(ABC)
    assert office.site.shelf.changes == ["delete c", "delete b", "delete b", "delete a"]
    assert office.last_run.state is RunState.ABORTED


def test_a_run_that_is_being_taken_back_does_not_go_on(office):
    office.fail_at("c")
    office.site.shelf.troubles["delete b"] = [permanent()]
    with pytest.raises(PermanentError):
        office.abort(ABC)
    office.site.shelf.calls.clear()

    with pytest.raises(Refused) as refused:
        office.run(ABC)

    assert refused.value.code == "RUN_ABORTING"
    assert f"bedplate abort {office.last_run.id}" in refused.value.remedy
    assert office.last_run.state is RunState.ABORTING
    assert office.site.shelf.changes == []


def test_another_bundle_than_was_planned_is_refused_before_anything_begins(office):
    with pytest.raises(Refused) as refused:
        office.run(ABC, bundle="d0")

    assert refused.value.code == "BUNDLE_OTHER"
    assert "new plan" in refused.value.remedy
    assert office.journal.runs() == ()
    assert office.run(ABC, bundle="d1") is RunState.COMPLETED


def test_another_specification_does_not_change_what_is_taken_back(office):
    office.fail_at("b")
    with office.session(ABC, MORE_WORKERS, takes_back=True) as session:
        abort(session)
    assert office.last_run.state is RunState.ABORTED
    assert office.last_run.spec_text == TEXT


def test_abort_has_the_patience_of_the_step(office):
    office.fail_at("b")
    office.site.shelf.troubles["delete a"] = [temporary(), temporary()]
    office.abort(ABC)
    assert office.site.clock.now() == 10 + 20
    assert office.site.shelf.things == {}


class OneWay(Put):
    """A pivot: once its thing is on the shelf there is no way back."""

    def undo(self, given, tools):
        if tools.ports.vault.get(self.name):
            raise Refused("PIVOT_COMMITTED", "it manages itself")
        return super().undo(given, tools)


PIVOTING = Operation(
    "small",
    [("a", Put("a"), ""), ("pivot", OneWay("pivot"), "a"), ("z", Put("z"), "pivot")],
    one_way="pivot",
)


def test_abort_is_refused_after_the_point_of_no_return_and_changes_nothing(office):
    office.fail_at("z", PIVOTING)
    with pytest.raises(Refused, match="PIVOT_COMMITTED"):
        office.abort(PIVOTING)
    assert office.site.shelf.changes == []
    assert set(office.site.shelf.things) == {"a", "pivot"}
    assert office.last_run.state is not RunState.ABORTED


def test_abort_before_the_point_of_no_return_takes_everything_back(office):
    office.fail_at("pivot", PIVOTING)
    office.abort(PIVOTING)
    assert office.site.shelf.things == {}
    assert office.states == {"a": StepState.UNDONE, "pivot": StepState.UNDONE}


# -- another site, another specification -----------------------------------------------------------


def test_a_run_is_not_continued_at_another_site(office):
    office.fail_at("a")
    with pytest.raises(Refused, match="began at site 'small', not 'other'") as refused:
        office.session(ABC, site=SmallSite("other")).__enter__()
    assert refused.value.code == "SITE_CHANGED"
    assert office.journal.lease("w01") is None
    assert office.last_run.state is RunState.FAILED
    assert office.run(ABC) is RunState.COMPLETED


class ReadsWorkers(Put):
    def reads(self, spec, bundle):
        return [group.count for group in spec.workers]


class ReadsName(Put):
    def reads(self, spec, bundle):
        return spec.name


READING = Operation(
    "small",
    [
        ("a", ReadsName("a"), ""),
        ("workers", ReadsWorkers("workers"), "a"),
        ("pivot", ReadsName("pivot"), "workers"),
        ("z", ReadsName("z"), "pivot"),
    ],
    one_way="pivot",
)


def test_a_changed_specification_is_recorded_and_opens_the_steps_that_read_it(office):
    office.run(READING, last="workers")
    run_id = office.last_run.id
    with office.session(READING, MORE_WORKERS) as session:
        assert (session.changed, session.reopened) == (True, {"workers"})
        assert session.run.id == run_id
        plan = session.plan()
    assert (plan["a"].action, plan["workers"].action) == (Action.KEEP, Action.DO)
    assert office.last_run.spec_text == MORE_WORKERS


def test_a_change_before_the_point_of_no_return_is_done_and_then_settled(office):
    office.fail_at("workers", READING)
    assert office.run(READING, MORE_WORKERS) is RunState.COMPLETED
    assert office.site.shelf.changes == ["put workers", "put pivot", "put z"]


def test_steps_opened_by_a_change_stay_open_until_they_are_done(office):
    office.run(READING, last="workers")
    with office.session(READING, MORE_WORKERS):
        pass  # the process ends before it begins a step
    with office.session(READING, MORE_WORKERS) as session:
        assert (session.changed, session.reopened) == (False, {"workers"})
        office.site.shelf.calls.clear()
        run_to_end(session, workers=1)
    assert office.site.shelf.changes == ["put workers", "put pivot", "put z"]


def test_a_step_settled_under_the_changed_specification_is_not_done_again(office):
    office.run(READING, last="workers")
    office.run(READING, MORE_WORKERS, last="workers")
    with office.session(READING, MORE_WORKERS) as session:
        assert session.reopened == frozenset()


def test_a_change_that_comes_too_late_is_refused_and_the_run_stays_as_it_was(office):
    office.fail_at("z", READING)
    with pytest.raises(Refused, match="would open workers again, but pivot has begun"):
        office.session(READING, MORE_WORKERS).__enter__()
    assert office.last_run.spec_text == TEXT
    assert office.journal.lease("w01") is None
    assert office.run(READING) is RunState.COMPLETED


def test_an_immutable_field_that_changed_is_refused(office):
    office.fail_at("a")
    with pytest.raises(Refused, match="cannot change after create"):
        office.session(ABC, OTHER_ENDPOINT).__enter__()
    assert office.journal.lease("w01") is None


# -- another bundle --------------------------------------------------------------------------------


class ReadsBundle(Put):
    def reads(self, spec, bundle):
        return bundle.digest


BUNDLED = Operation(
    "small",
    [
        ("a", ReadsName("a"), ""),
        ("machines", ReadsBundle("machines"), "a"),
        ("pivot", ReadsName("pivot"), "machines"),
        ("z", ReadsName("z"), "pivot"),
    ],
    one_way="pivot",
)


def test_another_bundle_is_recorded_and_opens_the_steps_that_read_it(office):
    office.run(BUNDLED, last="machines")
    office.site.bundle_digest = "d2"
    with office.session(BUNDLED) as session:
        assert (session.changed, session.reopened) == (True, {"machines"})
    assert office.last_run.bundle == "d2"


def test_another_bundle_that_comes_too_late_is_refused_and_the_run_goes_on_with_its_own(office):
    office.fail_at("z", BUNDLED)
    office.site.bundle_digest = "d2"
    with pytest.raises(Refused, match="another bundle would open machines again"):
        office.session(BUNDLED).__enter__()
    assert office.last_run.bundle == "d1"
    office.site.bundle_digest = "d1"
    assert office.run(BUNDLED) is RunState.COMPLETED


def test_a_finished_cluster_is_not_created_again_with_another_bundle(office):
    office.run(BUNDLED)
    office.site.bundle_digest = "d2"
    with pytest.raises(Refused) as refused:
        office.run(BUNDLED)
    assert refused.value.code == "BUNDLE_CHANGED_AFTER_END"
    office.site.bundle_digest = "d1"
    assert office.run(BUNDLED) is RunState.COMPLETED
