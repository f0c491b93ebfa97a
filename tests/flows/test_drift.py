"""Drift, as a scheduled flow: a report to keep, and a state that says what was found."""

from bedplate.simulation import World
from flows.drift import drift


def compare(site, **parameters):
    """Run the flow; returns its run's id and its last state."""
    state = drift(**({"site": site.name} | parameters), return_state=True)
    return state.state_details.flow_run_id, state


def test_a_run_keeps_its_report_and_says_whether_anything_differs(site, server):
    assert site.create().state.is_completed()
    (same, quiet), world = compare(site), World(site.folder / "site")
    victim = world.virtual_machines()[0].name
    world.destroy_vm(victim)

    run, found = compare(site)

    assert (quiet.name, found.name) == ("Completed", "Drift")
    assert "✅ as asked for" in server.reports(same)[0]
    (report,) = server.reports(run)
    assert f"vm-gone: Machine eksa-system/{victim}" in report
    assert "why it matters" in report
    assert found.message == "1 clusters compared; different: w01 (1)"
    assert server.run(run)["name"] == f"compare clusters of {site.name}"


def test_a_site_that_cannot_be_looked_at_fails_the_run(site):
    site.create()
    World(site.folder / "site").silence_cluster("w01")

    _, state = compare(site)

    assert state.is_failed()
    assert "could not be looked at: w01" in state.message


def test_a_cluster_that_is_not_known_fails_with_what_to_do(site):
    _, state = compare(site, clusters=["w09"])

    assert state.is_failed()
    assert state.message.startswith("CLUSTER_UNKNOWN")
