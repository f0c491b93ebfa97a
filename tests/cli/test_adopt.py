"""`bedplate adopt`: a cluster that others made, by its specification and its kubeconfig."""

from __future__ import annotations

import shutil

import pytest

from bedplate.capi.commit import REF
from bedplate.ports.kube import Side
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file


@pytest.fixture
def stranger(home, begun, keyed, tmp_path):
    """A cluster of which the home knows nothing; its kubeconfig as a file."""
    begun()
    site = SimulatedSite(home / "sites" / "simulated")
    site.open(load_file(keyed)).kube[Side.CLUSTER].delete(REF)
    file = tmp_path / "w01-eks-a-cluster.kubeconfig"
    file.write_text(site.vault.get("w01/kubeconfig"))
    for folder in ("vault/w01", "clusters"):
        shutil.rmtree(home / "sites" / "simulated" / folder)
    for path in home.glob("journal.sqlite*"):
        path.unlink()
    return file


def test_a_cluster_is_adopted_and_is_as_any_other_from_then_on(cli, stranger, keyed):
    result = cli("adopt", "-f", keyed, "--kubeconfig", stranger)

    assert result.status == 0, result.err
    assert "🎉 Cluster is under management!" in result.lines
    assert cli("drift", "w01").status == 0
    (run,) = cli("runs", "-o", "json").document["runs"]
    assert (run["operation"], run["state"]) == ("adopt", "completed")
    assert cli("delete", "cluster", "w01", "--confirm", "w01").status == 0


def test_adopting_again_needs_no_kubeconfig_and_is_nothing_to_do(cli, stranger, keyed):
    cli("adopt", "-f", keyed, "--kubeconfig", stranger)

    result = cli("adopt", "-f", keyed)

    assert result.status == 0
    assert "Nothing to do: w01 is under management" in result.out


def test_a_specification_that_the_cluster_is_not_is_refused_with_what_differs(cli, stranger, keyed):
    other = keyed.with_name("other.yaml")
    other.write_text(keyed.read_text().replace("memoryMiB: 8192", "memoryMiB: 4096"))

    result = cli("adopt", "-f", other, "--kubeconfig", stranger)

    assert result.status == 6
    assert "CLUSTER_DIFFERS" in result.err
    assert "spec.memoryMiB is 8192, not 4096" in result.err
    assert cli("abort", "w01", "--yes-delete", "w01").status == 0


@pytest.mark.parametrize("text", [None, "not a kubeconfig"])
def test_a_file_that_is_no_kubeconfig_is_bad_input(cli, home, keyed, tmp_path, text):
    file = tmp_path / "some.file"
    if text is not None:
        file.write_text(text)

    result = cli("adopt", "-f", keyed, "--kubeconfig", file)

    assert result.status == 2
    assert "KUBECONFIG_UNUSABLE" in result.err
