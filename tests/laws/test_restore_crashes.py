"""A restore killed anywhere, run again: the backup's data, the same machines, nothing else."""

import pytest

from tests.laws.outcome import differences
from tests.laws.test_crashes import bounded_points, run_zygote


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """One restore without a crash: the labels of its points, and its end state."""
    (found,) = run_zygote("restore", tmp_path_factory.mktemp("undisturbed-restore"))
    assert found["ended"] == "completed", found["ended"]
    return found


def test_an_undisturbed_restore_brings_the_objects_back_and_touches_no_machine(undisturbed):
    state = undisturbed["state"]
    assert state["destroyed"] == []
    assert len(state["machines made"]) == state["virtual machines"] == 5
    assert [key for key in state["objects"] if "ConfigMap default/after" in key] == []
    assert ["restore", "w01", "completed"] in state["runs"]


@pytest.mark.timeout(900)
def test_a_restore_killed_at_any_point_resumes_to_the_same_end_state(undisturbed, tmp_path):
    labels = undisturbed["labels"]
    for found in run_zygote("restore", tmp_path, *bounded_points("restore", labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first restore was not killed"
        assert found["ended"] == "completed", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where
