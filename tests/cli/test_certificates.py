"""`bedplate certificates`: when they end, what renews them, and an exit status for scripts."""

import pytest

from bedplate.simulation import World
from bedplate.simulation.network import show_certificate

YEAR = 365 * 24 * 3600.0


@pytest.fixture
def world(home, begun):
    """The world of a finished cluster."""
    begun()
    return World(home / "sites" / "simulated")


def test_nothing_ends_soon_after_a_cluster_was_made(cli, world):
    result = cli("certificates")

    assert result.status == 0
    assert result.lines[0] == "✅ w01: none ends within 30 days"


def test_each_server_each_authority_and_each_kubeconfig_is_told_those_that_end_first_before(
    cli, world
):
    document = cli("certificates", "w01", "-o", "json").document

    (cluster,) = document["clusters"]
    found = cluster["certificates"]
    places = [one["place"] for one in found]
    assert [one["not_after"] for one in found] == sorted(one["not_after"] for one in found)
    assert {"198.18.0.10:6443", "vault w01/kubeconfig", "Secret eksa-system/w01-kubeconfig",
            "Secret eksa-system/w01-ca", "Secret eksa-system/w01-etcd"} <= set(places)  # fmt: skip
    assert len([place for place in places if ":6443 (w01-" in place]) == 2
    assert len([place for place in places if ":2379 (w01-etcd-" in place]) == 3
    ends = {one["place"]: one["days_left"] for one in found}
    assert ends["vault w01/kubeconfig"] == 364
    assert ends["Secret eksa-system/w01-ca"] == 3649


def test_what_ends_soon_is_told_with_its_renewal_and_ends_with_status_7(cli, world):
    with world.transaction() as tx:
        tx.pass_to(tx.now + YEAR - 10 * 24 * 3600)

    result = cli("certificates", "w01")

    assert result.status == 7
    assert result.lines[0].startswith("❌ w01: ")
    assert "bedplate renew certificates w01 replaces the machine" in result.out
    assert "fetch the newer one from the Secret w01-kubeconfig" in result.out
    assert cli("certificates", "w01", "--within", "5").status == 0


def test_a_server_that_shows_none_is_told_and_ends_with_status_1(cli, world):
    show_certificate(world, "198.18.0.10", 6443, None)

    result = cli("certificates")

    assert result.status == 1
    assert "not looked at: 198.18.0.10:6443 (TLS_SILENT" in result.out


def test_a_silent_cluster_leaves_what_the_vault_holds(cli, world):
    world.silence_cluster("w01")

    result = cli("certificates", "-o", "json")

    assert result.status == 1
    (cluster,) = result.document["clusters"]
    assert [one["place"] for one in cluster["certificates"]] == ["vault w01/kubeconfig"]
    assert [one["part"] for one in cluster["unseen"]] == ["Secrets", "servers"]
