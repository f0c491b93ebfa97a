"""`bedplate rotate credentials`: from the environment to every Secret."""

from __future__ import annotations

import base64

import pytest

from bedplate.capi import kinds
from bedplate.capi.cluster import ref_of
from bedplate.ports.kube import Side
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file
from tests.cli.conftest import EXAMPLE

NEW = ("rotated@vsphere.local", "n3w-and-l0nger")


@pytest.fixture
def site(home, begun):
    """The site of a finished cluster, whose vCenter takes a new user too."""
    begun()
    site = SimulatedSite(home / "sites" / "simulated")
    site.world.admit(*NEW)
    return site


@pytest.fixture
def give(monkeypatch):
    """Put a user and a password into the environment."""

    def set_(username, password):
        monkeypatch.setenv("EKSA_VSPHERE_USERNAME", username)
        monkeypatch.setenv("EKSA_VSPHERE_PASSWORD", password)

    return set_


def password(site):
    kube = site.open(load_file(EXAMPLE)).kube[Side.CLUSTER]
    data = kube.get(ref_of(kinds.SECRET, "w01-vsphere-credentials"))["data"]
    return base64.b64decode(data["password"]).decode()


def test_new_credentials_are_taken_from_the_environment_and_brought_everywhere(cli, site, give):
    give(*NEW)

    result = cli("rotate", "credentials", "w01")

    assert result.status == 0, result.err
    assert "🎉 Cluster uses the new credentials!" in result.lines
    assert password(site) == site.vault.get("vcenter/password") == NEW[1]
    assert NEW[1] not in result.out + result.err
    site.world.change_user(*NEW)
    assert cli("drift", "w01").status == 0


def test_credentials_that_are_no_good_change_nothing_and_can_be_corrected(cli, site, give):
    old = site.vault.get("vcenter/password")
    give(NEW[0], "a-guess")
    broken = cli("rotate", "credentials", "w01")

    assert broken.status == 1
    assert "AUTH_DENIED" in broken.err
    assert "a-guess" not in broken.out + broken.err
    assert site.vault.get("vcenter/password") == old
    give(*NEW)
    assert cli("rotate", "credentials", "w01").status == 0
    assert password(site) == NEW[1]


def test_the_same_credentials_again_are_nothing_to_do(cli, site, give):
    give(*NEW)
    cli("rotate", "credentials", "w01")

    result = cli("rotate", "credentials", "w01")

    assert result.status == 0
    assert "Nothing to do: w01 uses the credentials of the vault" in result.out


def test_a_rotation_that_broke_is_resumed_by_its_cluster(cli, site, give):
    give(*NEW)
    fault = "kube.cluster.apply:Secret*=deniedx1"
    broken = cli("rotate", "credentials", "w01", "--fault", fault)
    assert broken.status == 1

    assert cli("resume", "w01").status == 0

    assert password(site) == NEW[1]


def test_a_cluster_that_no_journal_knows_is_bad_input(cli, home):
    result = cli("rotate", "credentials", "w09")

    assert result.status == 2
    assert "CLUSTER_UNKNOWN" in result.err
