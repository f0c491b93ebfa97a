"""`bedplate drift`: what differs, explained, with an exit status for scripts."""

import pytest

from bedplate.simulation import World


@pytest.fixture
def world(home, begun):
    """The world of a finished cluster."""
    begun()
    return World(home / "sites" / "simulated")


def test_clusters_that_are_as_asked_for_end_with_status_0(cli, world):
    result = cli("drift")

    assert result.status == 0
    assert result.lines[0].startswith("✅ w01 at site simulated: as run ")


def test_what_differs_is_explained_and_ends_with_status_7(cli, world):
    victim = world.virtual_machines("w01-md-0")[0].name
    world.destroy_vm(victim)

    result = cli("drift", "w01")

    assert result.status == 7
    assert f"  vm-gone  Machine eksa-system/{victim}" in result.lines
    shown = {line.split()[0] for line in result.lines[2:]}
    assert {"seen", "why", "do", "who"} <= shown
    assert f"kubectl delete machine -n eksa-system {victim}" in " ".join(result.out.split())


def test_the_document_says_the_same(cli, world):
    world.destroy_vm(world.virtual_machines("w01-md-0")[0].name)

    document = cli("drift", "-o", "json").document

    assert document["drift"] is True
    (cluster,) = document["clusters"]
    (finding,) = cluster["findings"]
    assert (cluster["cluster"], finding["sort"]) == ("w01", "vm-gone")
    assert finding["why"]
    assert finding["remedy"]


def test_what_could_not_be_looked_at_ends_with_status_1(cli, world):
    world.silence_cluster("w01")

    result = cli("drift")

    assert result.status == 1
    assert "not compared: Cluster API (CLUSTER_SILENT" in result.out


def test_a_cluster_that_no_journal_knows_is_bad_input(cli, home):
    result = cli("drift", "w09")

    assert result.status == 2
    assert "CLUSTER_UNKNOWN" in result.err


def test_without_any_cluster_there_is_nothing_to_compare(cli, home):
    result = cli("drift")

    assert (result.status, result.lines) == (0, ["There are no clusters to compare"])
