"""`bedplate delete cluster`: the right cluster, once, and a proof at the end."""

import pytest

from bedplate.simulation import World


@pytest.fixture
def world(home):
    return lambda: World(home / "sites" / "simulated")


@pytest.fixture
def created(begun):
    """A finished cluster; the id of its run."""
    return begun()


def test_a_cluster_is_deleted_by_its_name_and_the_inventory_is_shown(cli, created, world):
    result = cli("delete", "cluster", "w01", "--confirm", "w01")

    assert result.status == 0
    assert "🎉 Cluster deleted!" in result.lines
    shown = [line.split() for line in result.lines if line.endswith("nothing")]
    assert {line[0] for line in shown} == {"virtual", "bootstrap", "folder", "file", "vault"}
    assert world().virtual_machines() == []
    assert world().bootstrap_clusters() == []


def test_deleting_twice_succeeds_and_says_that_nothing_is_left(cli, created):
    cli("delete", "cluster", "w01", "--confirm", "w01")

    result = cli("delete", "cluster", "w01", "--confirm", "w01", "-o", "json")

    assert result.status == 0
    assert "Nothing to do: nothing is left of w01" in result.err
    assert result.document["run"]["state"] == "completed"
    assert {item["why"] for item in result.document["inventory"]} == {""}


@pytest.mark.parametrize(
    ("confirmed", "status", "code"),
    [((), 2, "CONFIRMATION_MISSING"), (("w02",), 6, "NAME_DIFFERS")],
)
def test_nothing_is_deleted_unless_its_name_is_given(cli, created, world, confirmed, status, code):
    options = ("--confirm", *confirmed) if confirmed else ()

    result = cli("delete", "cluster", "w01", *options)

    assert result.status == status
    assert code in result.err
    assert "w01-md-0-" in result.err, "it says beforehand which machines go"
    assert len(world().virtual_machines()) == 7


@pytest.mark.parametrize("named", [(), ("w01", "-f", "any.yaml")])
def test_a_cluster_is_named_or_described_but_not_both(cli, named):
    result = cli("delete", "cluster", *named)

    assert result.status == 2
    assert "CLUSTER_CHOICE" in result.err


def test_a_cluster_that_no_journal_knows_needs_its_specification(cli, home):
    result = cli("delete", "cluster", "w09", "--confirm", "w09")

    assert result.status == 2
    assert "bedplate delete cluster -f FILE" in result.err


def test_a_half_created_cluster_is_deleted_by_its_file_and_ends_its_create(cli, begun, keyed):
    run = begun("--until-step", "workers")

    result = cli("delete", "cluster", "-f", keyed, "--confirm", "w01")

    assert result.status == 0
    assert f"ends      run {run}: create w01 (open)" in result.err
    states = {line["operation"]: line["state"] for line in _runs(cli)}
    assert states == {"create": "aborted", "delete": "completed"}


def test_a_delete_that_broke_is_resumed_and_so_is_the_same_command(cli, created, world, example):
    fault = "kube.bootstrap.create:MachineDeployment=deniedx1"
    broken = cli("delete", "cluster", "w01", "--confirm", "w01", "--fault", fault)
    assert broken.status == 1
    (run,) = [line["id"] for line in _runs(cli) if line["operation"] == "delete"]
    assert f"bedplate resume {run}" in broken.err

    refused = cli("create", "cluster", "-f", example)
    resumed = cli("resume", "w01")

    assert refused.status == 6
    assert "TAKEN_OVER" in refused.err
    assert resumed.status == 0
    assert world().virtual_machines() == []


def test_the_plan_tells_what_goes_and_from_where_there_is_no_way_back(cli, created, world):
    result = cli("plan", "delete", "w01")
    document = cli("plan", "delete", "w01", "-o", "json").document

    assert result.status == 0
    assert "What will go" in result.out
    (pivot,) = [line for line in result.lines if "05 pivot" in line]
    assert pivot.endswith("no way back")
    assert [step["name"] for step in document["steps"] if step["way_back"]] == [
        "locate", "bootstrap", "providers", "secrets",
    ]  # fmt: skip
    assert len(document["machines"]) == 7
    assert len(world().virtual_machines()) == 7


def _runs(cli):
    return cli("runs", "-o", "json").document["runs"]
