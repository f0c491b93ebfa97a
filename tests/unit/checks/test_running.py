"""Making checks: each one, whatever happens to the others."""

import pytest

from bedplate.checks import Check, Finding, Severity
from bedplate.checks.running import State, lines_of, run_checks, summary
from bedplate.errors import Owner, PermanentError, TemporaryError
from tests.unit.checks.place import spec_of

BAD = Finding("thing", "is broken", "mend it", Owner.VSPHERE)
ODD = Finding("thing", "is odd", "look at it", Owner.VSPHERE, Severity.WARN)


def giving(name, *findings, needs=(), line="All is well"):
    return Check(name, line, lambda scene: findings, needs)


def raising(name, error, needs=()):
    def probe(scene):
        raise error

    return Check(name, "All is well", probe, needs)


@pytest.fixture
def run(place):
    def run(*checks, **changes):
        return run_checks(checks, place.scene(spec_of()), **changes)

    return run


def states(results):
    return [result.state for result in results]


def test_every_check_is_made_and_told_in_order(run):
    told = []
    results = run(giving("a", BAD), giving("b", ODD), giving("c"), tell=told.append)
    assert states(results) == [State.FAILED, State.WARNED, State.PASSED]
    assert tuple(told) == results
    assert [result.blocks for result in results] == [True, False, False]


def test_a_check_that_is_not_let_in_has_failed_with_the_reason(run):
    error = PermanentError("AUTH_DENIED", "nobody gets in", remedy="ask", owner=Owner.NETWORK)
    (result, other) = run(raising("a", error), giving("b"))
    assert result.findings == (Finding("a", "nobody gets in", "ask", Owner.NETWORK),)
    assert result.unanswered is None
    assert other.state is State.PASSED


def test_no_answer_is_asked_for_again_and_then_no_verdict(run, place):
    error = TemporaryError("NET_UNREACHABLE", "no answer", remedy="wait")
    errors = [error, error]

    def probe(scene):
        if errors:
            raise errors.pop()
        return ()

    before = place.world.now()
    (result,) = run(Check("a", "All is well", probe), attempts=3)
    assert result.state is State.PASSED
    assert place.world.now() > before
    (result,) = run(raising("a", error), attempts=2)
    assert (result.state, result.unanswered) == (State.FAILED, error)


def test_without_its_ground_a_check_is_not_made_and_the_root_is_named(run):
    results = run(
        giving("login", BAD),
        giving("inventory", needs=("login",), line=""),
        raising("disk", AssertionError("made"), needs=("inventory",)),
        giving("dns"),
    )
    assert states(results) == [
        State.FAILED,
        State.NOT_LOOKED_AT,
        State.NOT_LOOKED_AT,
        State.PASSED,
    ]
    assert results[2].ground == "login"
    assert list(summary(results)) == ["… not looked at: needs login: disk"]


def test_a_warning_takes_nobodys_ground(run):
    assert states(run(giving("a", ODD), giving("b", needs=("a",))))[1] is State.PASSED


def test_skipping_lets_the_others_try_but_for_a_ground_only(run):
    checks = giving("a", BAD), giving("b", needs=("a",))
    assert states(run(*checks, skipped={"a"})) == [State.SKIPPED, State.PASSED]
    ground = giving("a", BAD, line="")
    assert states(run(ground, checks[1], skipped={"a"})) == [State.SKIPPED, State.NOT_LOOKED_AT]


def test_checks_of_one_name_are_skipped_together(run):
    skipped = run(giving("a", BAD), giving("a", ODD), giving("b"), skipped=["a"])
    assert states(skipped) == [State.SKIPPED, State.SKIPPED, State.PASSED]


def test_what_is_said_has_target_evidence_remedy_and_owner(run):
    table = Finding(
        "/", "two lack", "grant", Owner.VSPHERE, rows=(("/", "A.B"), ("/DC0/vm", "C.D"))
    )
    results = run(giving("a", BAD), giving("b", ODD), giving("c", table), giving("d", line=""))
    assert [line for result in results for line in lines_of(result)] == [
        "❌ a: thing: is broken",
        "   → mend it (the vSphere administrator)",
        "✅ All is well",
        "⚠ b: thing: is odd",
        "   → look at it (the vSphere administrator)",
        "❌ c: /: two lack",
        "     /        A.B",
        "     /DC0/vm  C.D",
        "   → grant (the vSphere administrator)",
    ]


def test_a_long_table_does_not_fill_the_screen(run):
    rows = tuple(("/", f"A.{number}") for number in range(207))
    (result,) = run(giving("a", Finding("/", "many lack", "grant", Owner.VSPHERE, rows=rows)))
    lines = list(lines_of(result))
    assert len(lines) == 15
    assert lines[-2] == "     … and 195 more; --output json has them all"
