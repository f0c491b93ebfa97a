"""SIGKILL anywhere, run again: the same end state, everything made once, nothing orphaned.

Every point of an undisturbed run is known by its label: before or after which call. The default is
a sample; BEDPLATE_LAWS=all tries every point. Of a create, its abort, a delete and an upgrade every
label of a journal line or a side effect is tried; of a create also every look, and of the variants
(half-made clusters, managed ones, …) every such call, before it and after it in turn. Of the points
of one label it is in turn the first, the one in the middle and the last.
"""

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
CHUNKS = 4

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
    """Every point, or one of each label that changes or journals; of a create also of each look."""
    wanted = set(filter(CHANGING.search, labels))
    if act == "create":
        wanted |= one_side_of_each_call(set(labels) - wanted)
    return picked(labels, wanted)


def bounded_points(act, labels):
    """Every point, or one of each call that changes or journals: before and after it in turn."""
    return picked(labels, one_side_of_each_call(filter(CHANGING.search, labels)))


def one_side_of_each_call(labels):
    """Return "before" or "after" each call, in turn."""
    calls = sorted({label.partition(" ")[2] for label in labels})
    return {f"{('before', 'after')[number % 2]} {call}" for number, call in enumerate(calls)}


def sampled_points(act, labels):
    """What is tried of an operation: a variant of another one needs less."""
    return (chosen_points if act in ("delete", "upgrade") else bounded_points)(act, labels)


def picked(labels, wanted):
    """Return the first, the middle or the last point of each label, in turn; or every point."""
    if os.environ.get("BEDPLATE_LAWS") == "all":
        return list(range(len(labels)))
    points = {label: [] for label in sorted(wanted)}
    for point, label in enumerate(labels):
        points.get(label, []).append(point)
    return sorted(p[number % 3 * (len(p) - 1) // 2] for number, p in enumerate(points.values()))


def test_an_undisturbed_create_leaves_what_the_specification_asks_for(undisturbed):
    state = undisturbed["state"]
    assert state["made more than once"] == []
    assert state["destroyed"] == []
    assert state["bootstrap clusters"] == []
    assert len(state["machines made"]) == state["virtual machines"] == 7
    assert state["runs"] == [["create", "w01", "completed"]]


def test_every_call_of_a_create_is_tried_and_both_sides_of_what_changes(undisturbed):
    labels = undisturbed["labels"]
    tried = {labels[point] for point in chosen_points("create", labels)}
    assert {label.partition(" ")[2] for label in tried} == {
        label.partition(" ")[2] for label in labels
    }
    assert set(filter(CHANGING.search, labels)) <= tried


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
    for found in run_zygote(act, tmp_path, *sampled_points(act, labels)):
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
    for found in run_zygote(act, tmp_path, *sampled_points(act, labels)):
        where = f"killed at point {found['point']}, {labels[found['point']]}"
        assert found["killed"], f"{where}: the first run was not killed"
        assert found["ended"] == "completed", f"{where}: the repeated one says {found['ended']}"
        assert differences(found["state"], undisturbed["state"]) == {}, where
