"""Clusters that another cluster manages, through the same flows."""

from pathlib import Path

import pytest

from bedplate.engine.watch import Watches
from bedplate.managed_operations import CREATE_MANAGED, DELETE_MANAGED
from bedplate.operations import CREATE
from bedplate.request import Request
from bedplate.service import Session, run_to_end
from bedplate.spec import load_text
from flows.create import create_cluster
from flows.delete import delete_cluster
from tests.flows.conftest import SPEC

MANAGED = (Path(__file__).parents[1] / "laws" / "managed.yaml").read_text()


@pytest.fixture
def managing(site):
    """A site where w01 manages itself; made without a flow, which is another test's."""
    block = site.load()
    request = Request(CREATE, SPEC, load_text(SPEC))
    with Session(request, block.open_site(), block.open_journal(), Watches(())) as session:
        run_to_end(session)
    return site


def steps(operation):
    return [step.label for step in operation.steps]


def recorded(server, state, operation):
    return sorted(server.states(state.state_details.flow_run_id, names=steps(operation)))


def test_the_specification_decides_which_table_a_flow_runs(managing, server):
    created = create_cluster(site=managing.name, spec=MANAGED, return_state=True)
    deleted = delete_cluster(site=managing.name, spec=MANAGED, confirm="w02", return_state=True)

    assert created.is_completed(), created.message
    assert created.message == "🎉 create w02: all steps are settled"
    assert recorded(server, created, CREATE_MANAGED) == steps(CREATE_MANAGED)
    assert deleted.is_completed(), deleted.message
    assert recorded(server, deleted, DELETE_MANAGED) == steps(DELETE_MANAGED)
    runs = [run.operation for run in managing.journal().runs("w02")]
    assert runs == ["delete-managed", "create-managed"]


def test_a_step_of_the_other_table_is_refused_by_name(managing):
    state = create_cluster(
        site=managing.name, spec=MANAGED, until_step="bootstrap", return_state=True
    )

    assert state.is_failed()
    assert str(state.message).startswith("STEP_UNKNOWN: create-managed has no step 'bootstrap'")
