"""A rotation of credentials killed anywhere, run again: the same end, the old ones nowhere."""

import pytest

from tests.laws.outcome import differences
from tests.laws.test_crashes import bounded_points, run_zygote


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """One rotation without a crash: the labels of its points, and its end state."""
    (found,) = run_zygote("rotate", tmp_path_factory.mktemp("undisturbed-rotation"))
    assert found["ended"] == "completed", found["ended"]
    return found


def test_an_undisturbed_rotation_touches_no_machine_and_keeps_nothing_for_the_way(undisturbed):
    state = undisturbed["state"]
    assert state["destroyed"] == []
    assert len(state["machines made"]) == state["virtual machines"] == 7
    assert not [name for name in state["vault"] if "/next/" in name or "/former/" in name]
    assert len(state["credentials"]) == 4


@pytest.mark.timeout(900)
def test_a_rotation_killed_at_any_point_resumes_to_the_same_end_state(undisturbed, tmp_path):
    labels = undisturbed["labels"]
    for found in run_zygote("rotate", tmp_path, *bounded_points("rotate", labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first rotation was not killed"
        assert found["ended"] == "completed", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where
