"""Clusters that another cluster manages, by the same commands."""

import shutil

import pytest

from bedplate.adapters.files import FileVault
from bedplate.simulation import World
from tests.cli.conftest import KEY, ROOT

WORKLOAD = ROOT / "examples" / "vsphere-workload.yaml"


@pytest.fixture
def workload(tmp_path):
    """The example of a managed cluster, with an SSH key of its own."""
    file = tmp_path / "w02.yaml"
    file.write_text(WORKLOAD.read_text().replace('- ""', f'- "{KEY}"'))
    return file


@pytest.fixture
def world(home):
    return lambda: World(home / "sites" / "simulated")


@pytest.fixture
def vault(home):
    return FileVault(home / "sites" / "simulated" / "vault")


@pytest.fixture
def create(cli, workload):
    return lambda *options: cli("create", "cluster", "-f", workload, *options)


def test_a_managed_cluster_is_created_and_deleted_with_the_usual_words(cli, begun, create, world):
    begun()

    created = create()
    document = cli("show", "w02", "-o", "json").document
    deleted = cli("delete", "cluster", "w02", "--confirm", "w02")

    assert created.status == 0
    assert "🎉 Cluster created!" in created.lines
    assert "Creating new bootstrap cluster" not in created.out
    assert document["run"]["operation"] == "create-managed"
    assert deleted.status == 0
    assert "🎉 Cluster deleted!" in deleted.lines
    assert any("w02-bedplate-claim" in line and line.endswith("nothing") for line in deleted.lines)
    assert {machine.name[:4] for machine in world().virtual_machines()} == {"w01-"}


def test_the_plan_of_a_managed_cluster_has_no_bootstrap_cluster(cli, begun, workload):
    begun()

    document = cli("plan", "create", "-f", workload, "-o", "json").document

    assert document["operation"] == "create-managed"
    assert [step["name"] for step in document["steps"]][:2] == ["preflight", "claim"]


def test_a_create_that_broke_is_resumed_by_the_clusters_name(cli, begun, create):
    begun()
    broken = create("--fault", "kube.management.apply:MachineHealthCheck=deniedx1")

    resumed = cli("resume", "w02")

    assert (broken.status, resumed.status) == (1, 0)
    assert "❌ workers failed" in broken.err


def test_an_unfinished_create_is_taken_back_and_the_manager_stays(cli, begun, create, world):
    begun()
    create("--until-step", "workers")

    result = cli("abort", "w02", "--yes-delete", "w02")

    assert result.status == 0
    assert {machine.name[:4] for machine in world().virtual_machines()} == {"w01-"}


def test_a_manager_that_has_clusters_is_not_deleted_and_they_are_named(cli, begun, create):
    begun()
    create()

    result = cli("delete", "cluster", "w01", "--confirm", "w01")

    assert result.status == 6
    assert "w01 manages w02" in result.err


def test_a_manager_that_is_not_known_is_made_known_by_its_kubeconfig(
    begun, create, vault, tmp_path
):
    begun()
    file = tmp_path / "mgmt.kubeconfig"
    file.write_text(vault.get("w01/kubeconfig"))
    vault.delete("w01/kubeconfig")

    unknown = create()
    known = create("--kubeconfig", file)

    assert unknown.status == 3
    assert "--kubeconfig FILE" in unknown.err
    assert known.status == 0
    assert vault.get("w01/kubeconfig") == file.read_text()


def test_a_kubeconfig_of_another_cluster_is_not_taken_for_the_managers(
    begun, create, vault, tmp_path
):
    begun()
    before = vault.get("w01/kubeconfig")
    file = tmp_path / "other.kubeconfig"
    file.write_text("clusters: [{name: x, cluster: {certificate-authority-data: b3RoZXI=}}]")

    result = create("--kubeconfig", file)

    assert result.status == 6
    assert "MANAGER_DIFFERS" in result.err
    assert vault.get("w01/kubeconfig") == before


def test_a_file_that_is_no_kubeconfig_is_bad_input(begun, create, tmp_path):
    begun()
    file = tmp_path / "not.kubeconfig"
    file.write_text("- a list")

    result = create("--kubeconfig", file)

    assert result.status == 2
    assert "KUBECONFIG_INVALID" in result.err


def test_a_cluster_that_manages_itself_has_no_use_for_the_option(cli, keyed, home, tmp_path):
    file = tmp_path / "mgmt.kubeconfig"
    shutil.copy(keyed, file)

    result = cli("create", "cluster", "-f", keyed, "--kubeconfig", file)

    assert result.status == 2
    assert "KUBECONFIG_UNUSED" in result.err


def test_a_managed_cluster_is_planned_and_scaled_by_the_usual_words(
    cli, begun, create, workload, world
):
    begun()
    create()
    before = {machine.name for machine in world().virtual_machines()}
    text = workload.read_text()
    group = text.index("name: md-0")
    workload.write_text(text[:group] + text[group:].replace("count: 1", "count: 2", 1))

    planned = cli("plan", "scale", "-f", workload, "-o", "json").document
    scaled = cli("scale", "cluster", "-f", workload)
    run = cli("show", "w02", "-o", "json").document["run"]

    assert planned["operation"] == "scale-managed"
    (touched,) = [one for one in planned["groups"] if one["before"] != one["after"]]
    assert (touched["name"], touched["before"], touched["after"]) == ("md-0", 1, 2)
    assert scaled.status == 0, scaled.err
    assert "🎉 Cluster scaled!" in scaled.lines
    assert (run["operation"], run["state"]) == ("scale-managed", "completed")
    (added,) = {machine.name for machine in world().virtual_machines()} - before
    assert added.startswith("w02-md-0-")


def test_a_managed_cluster_whose_scale_broke_is_resumed_by_its_name(cli, begun, create, workload):
    begun()
    create()
    text = workload.read_text()
    group = text.index("name: md-0")
    workload.write_text(text[:group] + text[group:].replace("count: 1", "count: 2", 1))
    fault = "kube.management.apply:MachineDeployment=deniedx1"

    broken = cli("scale", "cluster", "-f", workload, "--fault", fault)
    resumed = cli("resume", "w02")

    assert (broken.status, resumed.status) == (1, 0)
    assert "❌ workers failed" in broken.err
    assert "🎉 Cluster scaled!" in resumed.lines
