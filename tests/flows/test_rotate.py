"""Rotating credentials through Prefect."""

from bedplate.operations import ROTATE_CREDENTIALS
from bedplate.simulation import SimulatedSite
from flows.rotate_credentials import rotate_credentials
from tests.flows.conftest import SPEC


def test_new_credentials_are_brought_everywhere_step_by_step(site, server):
    assert site.create().state.is_completed()
    simulated = SimulatedSite(site.folder / "site")
    simulated.world.admit("rotated@vsphere.local", "n3w-and-l0nger")
    simulated.vault.put("vcenter/next/username", "rotated@vsphere.local")
    simulated.vault.put("vcenter/next/password", "n3w-and-l0nger")

    state = rotate_credentials(site=site.name, spec=SPEC, return_state=True)

    assert state.is_completed(), state.message
    labels = [step.label for step in ROTATE_CREDENTIALS.steps]
    rows = server.states(state.state_details.flow_run_id, names=labels)
    assert sorted(rows) == labels
    assert simulated.vault.get("vcenter/password") == "n3w-and-l0nger"
