"""The facts that a step is given: from this session, from the journal, or from a look."""

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bedplate.engine.journal import StepState
from bedplate.engine.operation import Operation
from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Action
from bedplate.errors import PermanentError
from bedplate.fact import Key
from bedplate.service import run_to_end
from tests.unit.engine.small import Made, Put, key


def chain(first=None):
    """a gives what c needs; b stands between and hides a from the walk back."""
    needing = Put("c", needs=["a"])
    if first is not None:
        needing.needs = (first.gives,)
    return Operation(
        "small", [("a", first or Put("a"), ""), ("b", Put("b"), "a"), ("c", needing, "b")]
    )


def test_a_fact_of_this_session_is_given_to_later_steps(office):
    office.run(chain())
    assert office.site.shelf.things["c"] == "a-c"


def test_the_fact_of_a_step_that_is_no_longer_wanted_comes_from_the_journal(office):
    office.site.shelf.things["a"] = "first"
    office.fail_at("c", chain())
    office.site.shelf.things["a"] = "changed since"
    office.run(chain())
    assert office.site.shelf.things["c"] == "first-c"
    assert "get a" not in office.site.shelf.calls


def test_a_fact_that_was_never_recorded_is_looked_up(office):
    office.site.shelf.things |= {"a": "seen", "b": "b"}
    office.run(chain())
    assert office.site.shelf.things["c"] == "seen-c"
    assert office.site.shelf.changes == ["put c"]


def test_a_fact_neither_recorded_nor_to_be_seen_fails_the_step_with_a_remedy(office):
    office.site.shelf.things["b"] = "b"
    with pytest.raises(PermanentError, match="what a left is neither recorded") as missing:
        office.run(chain())
    assert missing.value.code == "FACT_MISSING"
    assert office.site.shelf.changes == []
    assert office.attempts == [("c", StepState.FAILED)]


def test_a_look_that_needs_a_missing_fact_finds_nothing_settled(office):
    class LooksWithFact(Put):
        def check(self, given, tools):
            return Made(name=given[key("a")].name)

    operation = Operation(
        "small", [("a", Put("a"), ""), ("c", LooksWithFact("c", needs=["a"]), "a")]
    )
    with office.session(operation) as session:
        assert session.plan().names(Action.DO) == ("a", "c")


def test_the_fact_of_a_step_that_failed_since_is_looked_up_again(office):
    office.fail_at("c", chain())
    office.site.shelf.things.clear()
    office.fail_at("a", chain())
    office.site.shelf.things |= {"a": "brought back", "b": "b"}
    office.run(chain())
    assert office.site.shelf.things["c"] == "brought back-c"


class MadeSince(Made):
    """The fact of a newer program: it has a field more."""

    place: str


class NewerPut(Put):
    def __init__(self, name):
        super().__init__(name)
        self.gives = Key(name, MadeSince, version=2)

    def verify(self, given, tools):
        seen = super().verify(given, tools)
        return seen if isinstance(seen, Waiting) else MadeSince(**dict(seen), place="here")


def test_a_fact_of_an_older_version_is_looked_up_again(office):
    office.site.shelf.things["a"] = "first"
    office.fail_at("c", chain())
    office.site.shelf.things["a"] = "changed since"
    office.run(chain(NewerPut("a")))
    assert office.site.shelf.things["c"] == "changed since-c"


@pytest.mark.parametrize("kept", ['{"name": "a", "colour": "red"}', '{"serial": 1}', "[]", "{"])
def test_a_recorded_fact_of_another_shape_is_looked_up_again_and_the_log_says_so(office, kept):
    office.site.shelf.things["a"] = "first"
    office.fail_at("c", chain())
    office.site.shelf.things["a"] = "changed since"
    rewrite_fact(office, "a", kept)

    with capture_logs() as lines:
        office.run(chain())

    assert office.site.shelf.things["c"] == "changed since-c"
    told = [line for line in lines if line["event"] == "recorded fact cannot be read"]
    assert [(line["step"], line["log_level"]) for line in told] == [("a", "warning")]
    assert told[0]["why"].count("\n") == 0


def rewrite_fact(office, step, text):
    engine = sa.create_engine(office.url)
    with engine.begin() as connection:
        change = sa.text("UPDATE journal_step SET fact = :fact WHERE step = :step")
        assert connection.execute(change, {"fact": text, "step": step}).rowcount == 1
    engine.dispose()


def test_the_fact_of_a_step_taken_back_is_not_used(office):
    office.site.shelf.things |= {"a": "first"}
    office.fail_at("c", chain())
    with office.session(chain()) as session:
        session.undo(session.operation["a"])
        with pytest.raises(PermanentError, match="FACT_MISSING"):
            run_to_end(session)
