"""SIGKILL anywhere, run again: the same end state, everything made once, nothing orphaned.

Every point of an undisturbed run is known by its label. All points around journal lines and side
effects are tried at a stride that covers each kind of call; BEDPLATE_LAWS=all tries every one.
"""

import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laws.outcome import differences

CHANGING = re.compile(
    r"journal\.(?!acquire)|kind\.(create|delete)|members\.(stop|restore|start)|\.(apply|patch|create|put|remove|write|commit)$"
    r"|\.delete(_\w+)?$"
)
HERE = Path(__file__).parent
SPEC = HERE / "cluster.yaml"
CHUNKS = 8
POINTS = {"create": 150, "abort": 30}
# A delete of a whole cluster takes as long as a create: so many points take about a minute.
MOST_POINTS = {
    "delete": 24,
    "delete-half": 8,
    "create-managed": 24,
    "abort-managed": 10,
    "delete-managed": 20,
    "restore": 30,
    "rotate": 20,
    "adopt": 12,
    "upgrade": 12,
    "scale": 8,
    "upgrade-managed": 8,
    "scale-managed": 6,
    "renew": 10,
    "renew-managed": 6,
}

# Operation and cluster of each change; how many machines were ever made, destroyed, are there.
CHANGES = {
    "upgrade": ("upgrade", "w01", 14, 7, 7),
    "scale": ("scale", "w01", 8, 1, 7),
    "renew": ("renew-certificates", "w01", 12, 5, 7),
    "upgrade-managed": ("upgrade-managed", "w02", 11, 2, 9),
    "scale-managed": ("scale-managed", "w02", 10, 0, 10),
    "renew-managed": ("renew-certificates-managed", "w02", 10, 1, 9),
}


def run_zygote(act, folder, *points):
    """Run cases in a process of their own, which forks for each; returns its lines."""
    command = [sys.executable, "-m", "tests.laws.zygote", act, str(folder), str(SPEC)]
    done = subprocess.run(
        [*command, *map(str, points)],
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """One run without a crash: the labels of its points, and its end state."""
    (found,) = run_zygote("create", tmp_path_factory.mktemp("undisturbed"))
    assert found["ended"] == "completed", found["ended"]
    return found


@pytest.fixture(scope="module")
def undisturbed_abort(tmp_path_factory):
    """One abort without a crash."""
    (found,) = run_zygote("abort", tmp_path_factory.mktemp("undisturbed-abort"))
    assert found["ended"] == "aborted", found["ended"]
    return found


def chosen_points(act, labels):
    """Every point, or a fair choice: each label's first and last, then an even stride."""
    everything = range(len(labels))
    if os.environ.get("BEDPLATE_LAWS") == "all":
        return list(everything)
    by_label = collections.defaultdict(list)
    for point, label in enumerate(labels):
        by_label[label].append(point)
    chosen = {edge for points in by_label.values() for edge in (points[0], points[-1])}
    rest = [point for point in everything if point not in chosen]
    stride = max(1, len(rest) // max(1, POINTS[act] - len(chosen)))
    return sorted(chosen | set(rest[::stride]))


def bounded_points(act, labels):
    """Every point, or as many as there is time for: those around what is changed or journalled."""
    everything = range(len(labels))
    if os.environ.get("BEDPLATE_LAWS") == "all":
        return list(everything)
    changing = [point for point in everything if CHANGING.search(labels[point])]
    return changing[:: max(1, len(changing) // MOST_POINTS[act])]


def test_an_undisturbed_create_leaves_what_the_specification_asks_for(undisturbed):
    state = undisturbed["state"]
    assert state["made more than once"] == []
    assert state["destroyed"] == []
    assert state["bootstrap clusters"] == []
    assert len(state["machines made"]) == state["virtual machines"] == 7
    assert state["runs"] == [["create", "w01", "completed"]]


def test_there_are_at_least_150_points(undisturbed):
    assert len(chosen_points("create", undisturbed["labels"])) >= 150


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_create_killed_at_any_point_resumes_to_the_same_end_state(chunk, undisturbed, tmp_path):
    points = chosen_points("create", undisturbed["labels"])[chunk::CHUNKS]
    labels = undisturbed["labels"]
    for found in run_zygote("create", tmp_path, *points):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first run was not killed"
        assert found["ended"] == "completed", f"{where}: the resumed run says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where


def test_an_undisturbed_abort_leaves_nothing(undisturbed_abort):
    state = undisturbed_abort["state"]
    assert state["virtual machines"] == 0
    assert state["bootstrap clusters"] == state["files"] == []
    assert state["runs"] == [["create", "w01", "aborted"]]


@pytest.mark.timeout(900)
def test_an_abort_killed_at_any_point_leaves_nothing_when_it_is_repeated(
    undisturbed_abort, tmp_path
):
    labels = undisturbed_abort["labels"]
    for found in run_zygote("abort", tmp_path, *chosen_points("abort", labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first abort was not killed"
        assert found["ended"] == "aborted", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed_abort["state"]) == {}, where


@pytest.fixture(scope="module", params=["delete", "delete-half"])
def undisturbed_delete(request, tmp_path_factory):
    """One delete without a crash, of a whole cluster or of one that stands before its pivot."""
    (found,) = run_zygote(request.param, tmp_path_factory.mktemp("undisturbed-delete"))
    assert found["ended"] == "completed", found["ended"]
    return request.param, found


def test_an_undisturbed_delete_leaves_nothing_and_makes_no_machine(undisturbed_delete):
    act, found = undisturbed_delete
    state = found["state"]
    assert state["virtual machines"] == 0
    assert state["bootstrap clusters"] == state["files"] == []
    assert state["objects"] == {}
    assert state["destroyed"] == state["machines made"]
    assert state["made more than once"] == []
    assert [name for name in state["vault"] if name.startswith("w01/")] == []
    ended = "completed" if act == "delete" else "aborted"
    assert sorted(state["runs"]) == [["create", "w01", ended], ["delete", "w01", "completed"]]


@pytest.mark.timeout(900)
def test_a_delete_killed_at_any_point_leaves_nothing_when_it_is_repeated(
    undisturbed_delete, tmp_path
):
    act, undisturbed = undisturbed_delete
    labels = undisturbed["labels"]
    for found in run_zygote(act, tmp_path, *bounded_points(act, labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first delete was not killed"
        assert found["ended"] == "completed", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where


MANAGED_ENDS = {
    "create-managed": "completed",
    "abort-managed": "aborted",
    "delete-managed": "completed",
}


@pytest.fixture(scope="module", params=MANAGED_ENDS)
def undisturbed_managed(request, tmp_path_factory):
    """An operation on a cluster that another one manages, without a crash."""
    (found,) = run_zygote(request.param, tmp_path_factory.mktemp("undisturbed-managed"))
    assert found["ended"] == MANAGED_ENDS[request.param], found["ended"]
    return request.param, found


def test_an_undisturbed_managed_cluster_is_made_and_goes_beside_its_manager(undisturbed_managed):
    act, found = undisturbed_managed
    state = found["state"]
    assert state["made more than once"] == []
    assert state["bootstrap clusters"] == []
    assert state["virtual machines"] == (9 if act == "create-managed" else 7)
    left = [key for key in state["objects"] if "w02" in key and key.startswith("cluster:w01")]
    assert bool(left) is (act == "create-managed")


@pytest.mark.timeout(900)
def test_a_managed_clusters_operation_killed_at_any_point_comes_to_the_same_end(
    undisturbed_managed, tmp_path
):
    act, undisturbed = undisturbed_managed
    labels = undisturbed["labels"]
    for found in run_zygote(act, tmp_path, *bounded_points(act, labels)):
        where = f"{act} killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first run was not killed"
        assert found["ended"] == MANAGED_ENDS[act], f"{where}: the second says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where


@pytest.fixture(scope="module", params=CHANGES)
def undisturbed_change(request, tmp_path_factory):
    """One upgrade, scaling or renewal without a crash."""
    (found,) = run_zygote(request.param, tmp_path_factory.mktemp("undisturbed-change"))
    assert found["ended"] == "completed", found["ended"]
    return request.param, found


def test_an_undisturbed_change_replaces_each_machine_once_and_leaves_nothing_paused(
    undisturbed_change,
):
    act, found = undisturbed_change
    state = found["state"]
    operation, cluster, made, destroyed, there = CHANGES[act]
    assert (len(state["machines made"]), len(state["destroyed"])) == (made, destroyed)
    assert state["virtual machines"] == there
    assert state["made more than once"] == []
    assert state["pauses"] == []
    assert [operation, cluster, "completed"] in state["runs"]


@pytest.mark.timeout(900)
def test_a_change_killed_at_any_point_goes_on_to_the_same_end_state(undisturbed_change, tmp_path):
    act, undisturbed = undisturbed_change
    labels = undisturbed["labels"]
    for found in run_zygote(act, tmp_path, *bounded_points(act, labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first run was not killed"
        assert found["ended"] == "completed", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where
