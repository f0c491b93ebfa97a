"""An adoption killed anywhere, run again: the same end state, and the cluster never touched."""

import pytest

from tests.laws.outcome import differences
from tests.laws.test_crashes import bounded_points, run_zygote


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """One adoption without a crash: the labels of its points, and its end state."""
    (found,) = run_zygote("adopt", tmp_path_factory.mktemp("undisturbed-adoption"))
    assert found["ended"] == "completed", found["ended"]
    return found


def test_an_undisturbed_adoption_calls_nothing_that_changes_the_cluster(undisturbed):
    changing = ("apply", "patch", "create", "delete")
    calls = [label for label in undisturbed["labels"] if label.startswith("before kube.")]
    assert calls
    assert not [label for label in calls if label.endswith(changing)]


@pytest.mark.timeout(600)
def test_an_adoption_killed_at_any_point_resumes_to_the_same_end_state(undisturbed, tmp_path):
    labels = undisturbed["labels"]
    for found in run_zygote("adopt", tmp_path, *bounded_points("adopt", labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first adoption was not killed"
        assert found["ended"] == "completed", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where
