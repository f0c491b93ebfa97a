"""`bedplate renew certificates`: what the certificates report asks for."""

from __future__ import annotations

import json

from bedplate.simulation import SimulatedSite


def grow_old(home, days):
    world = SimulatedSite(home / "sites" / "simulated").world
    world.advance(world.now() + days * 86_400.0)
    return world


def test_what_the_report_says_is_the_command_that_renews_what_it_tells(cli, home, begun):
    begun()
    world = grow_old(home, 350)
    told = cli("certificates", "w01")
    assert told.status == 7
    assert "bedplate renew certificates w01 replaces the machine" in told.out
    made = len([event for event in world.vm_events() if event.event == "made"])

    result = cli("renew", "certificates", "w01")

    assert result.status == 0, result.err
    assert "🎉 Cluster has new certificates!" in result.lines
    assert len([event for event in world.vm_events() if event.event == "made"]) > made
    found = json.loads(cli("certificates", "w01", "-o", "json").out)
    servers = [one for one in found["clusters"][0]["certificates"] if ":6443" in one["place"]]
    assert servers
    assert not [one for one in servers if one["ending"]]
    assert cli("drift", "w01").status == 0


def test_machines_made_today_are_left_as_they_are(cli, home, begun):
    begun()
    world = SimulatedSite(home / "sites" / "simulated").world
    before = world.vm_events()

    result = cli("renew", "certificates", "w01")

    assert result.status == 0, result.err
    assert "Nothing to do: the certificates of w01 are new" in result.lines
    assert world.vm_events() == before


def test_a_renewal_of_a_cluster_that_no_journal_knows_is_refused(cli, home):
    result = cli("renew", "certificates", "nobody")
    assert result.status == 2
    assert "CLUSTER_UNKNOWN" in result.err
