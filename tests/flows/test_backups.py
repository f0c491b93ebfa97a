"""Backups, as a scheduled check."""

from bedplate.simulation import World
from flows.backup import backup_cluster
from flows.backups import backups
from tests.flows.conftest import SPEC

DAY = 24 * 3600


def check(site, **parameters):
    """Run the flow; returns its last state."""
    return backups(**({"site": site.name} | parameters), return_state=True)


def test_a_run_says_which_cluster_has_no_backup_that_is_whole_and_new(site, server):
    site.create()
    world = World(site.folder / "site")

    without = check(site)
    backup_cluster(site=site.name, spec=SPEC, return_state=True)
    well = check(site)
    with world.transaction() as tx:
        tx.pass_to(tx.now + 8 * DAY)
    old = check(site)

    assert [state.name for state in (without, well, old)] == ["Lacking", "Completed", "Lacking"]
    assert "w01 (no backup)" in without.message
    assert "whole backup of the last 7 days: none" in well.message
    assert "w01 (the newest whole backup is 8 days old)" in old.message
    (report,) = server.reports(old.state_details.flow_run_id)
    assert "❌ the newest whole backup is 8 days old: `bedplate backup cluster w01`" in report


def test_a_backup_that_somebody_damaged_is_told_although_it_is_new(site, server):
    site.create()
    backup_cluster(site=site.name, spec=SPEC, return_state=True)
    (kept,) = (site.folder / "site").rglob("cluster-api.json")
    kept.write_text("{}")

    found = check(site)

    assert found.name == "Lacking"
    assert "w01 (no whole backup); damaged backups: w01 (1)" in found.message
    (report,) = server.reports(found.state_details.flow_run_id)
    assert "cluster-api.json is not there as it was kept" in report
