"""`bedplate backup` and `bedplate restore`: what is kept comes back, and is asked for by name."""

import pytest

from bedplate.ports.kube import Side
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file
from tests.cli.conftest import KEY, ROOT

STACKED = ROOT / "examples" / "vsphere-stacked-etcd.yaml"


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "stacked.yaml"
    file.write_text(STACKED.read_text().replace('- ""', f'- "{KEY}"'))
    return file


@pytest.fixture
def backup(cli, file):
    """The name of the only backup of a cluster."""
    assert cli("create", "cluster", "-f", file).status == 0
    taken = cli("backup", "cluster", "w01")
    assert taken.status == 0, taken.err
    assert "🎉 Cluster backed up!" in taken.lines
    (found,) = cli("backup", "list", "w01", "--output", "json").document["backups"]
    return found["name"]


@pytest.fixture
def site(home):
    return SimulatedSite(home / "sites" / "simulated")


def lose_etcd(site):
    for one in site.world.virtual_machines("w01-"):
        site.world.wipe_etcd(one.name)


def answers(site, file):
    return site.open(load_file(file)).kube[Side.CLUSTER].reach().name


def test_backups_are_listed_with_their_age_and_their_version(cli, backup):
    told = cli("backup", "list", "w01")
    (document,) = cli("backup", "list", "w01", "-o", "json").document["backups"]

    assert told.status == 0
    assert backup in told.out
    assert document["kubernetes"].startswith("v1.34.")
    assert document["damage"] == ""
    assert document["size"] > 1000


def test_a_cluster_without_etcds_data_works_again(cli, backup, site, file):
    lose_etcd(site)
    assert answers(site, file) == "SILENT"

    result = cli("restore", "cluster", "w01", "--backup", backup, "--confirm", "w01")

    assert result.status == 0, result.err
    assert f"back to backup {backup}" in result.err
    assert "🎉 Cluster restored!" in result.lines
    assert answers(site, file) == "ANSWERS"


def test_without_the_clusters_name_nothing_stops(cli, backup, site, file):
    nobody = cli("restore", "cluster", "w01", "--backup", backup)
    wrong = cli("restore", "cluster", "w01", "--backup", backup, "--confirm", "w02")

    assert "CONFIRMATION_MISSING" in nobody.err
    assert "NAME_DIFFERS" in wrong.err
    assert answers(site, file) == "ANSWERS"


def test_a_restore_that_broke_is_resumed_without_naming_the_backup_again(cli, backup, site, file):
    words = ("restore", "cluster", "w01", "--backup", backup, "--confirm", "w01")
    broken = cli(*words, "--fault", "members.start:*=deniedx1")
    assert broken.status == 1
    assert answers(site, file) == "SILENT"

    assert cli("resume", "w01").status == 0

    assert answers(site, file) == "ANSWERS"


def test_a_backup_that_is_not_there_is_answered_with_those_that_are(cli, backup):
    result = cli("restore", "cluster", "w01", "--backup", "upgrade-1", "--confirm", "w01")

    assert result.status == 2
    assert "BACKUP_UNKNOWN" in result.err
    assert backup in result.err


def test_a_damaged_backup_is_told_in_the_list(cli, backup, home):
    folder = home / "sites" / "simulated" / "backups" / "w01" / backup
    (folder / "cluster.yaml").write_text("kind: Cluster\n")

    (found,) = cli("backup", "list", "w01", "-o", "json").document["backups"]

    assert found["damage"] == "cluster.yaml is not there as it was kept"


def test_a_cluster_without_backups_is_told_how_to_take_one(cli, file):
    assert cli("create", "cluster", "-f", file).status == 0

    assert "bedplate backup cluster w01" in cli("backup", "list", "w01").out


def test_backups_are_kept_where_the_site_says(cli, home, file):
    home.mkdir()
    (home / "sites.yaml").write_text("east: {backups: share}\n")
    assert cli("create", "cluster", "-f", file, "--site", "east").status == 0

    assert cli("backup", "cluster", "w01", "--site", "east").status == 0

    (taken,) = (home / "share" / "w01").iterdir()
    (listed,) = cli("backup", "list", "w01", "--site", "east", "-o", "json").document["backups"]
    assert listed["name"] == taken.name
    assert not list((home / "sites" / "east").rglob("etcd"))
