"""Renewing certificates through Prefect."""

from bedplate.operations import RENEW
from bedplate.simulation import SimulatedSite
from flows.renew_certificates import renew_certificates
from tests.flows.conftest import SPEC


def test_machines_with_old_certificates_are_replaced_step_by_step(site, server):
    assert site.create().state.is_completed()
    world = SimulatedSite(site.folder / "site").world
    world.advance(world.now() + 200 * 86_400)
    before = {machine.name for machine in world.virtual_machines()}

    state = renew_certificates(site=site.name, spec=SPEC, return_state=True)

    assert state.is_completed(), state.message
    labels = [step.label for step in RENEW.steps]
    rows = server.states(state.state_details.flow_run_id, names=labels)
    assert sorted(rows) == labels
    gone = before - {machine.name for machine in world.virtual_machines()}
    assert gone
    assert not [name for name in gone if "-md-" in name]
