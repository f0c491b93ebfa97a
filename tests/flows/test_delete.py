"""Deleting a cluster through Prefect."""

from bedplate.engine.journal import RunState
from bedplate.operations import DELETE
from flows.delete import delete_cluster
from tests.flows.conftest import SPEC

LABELS = [step.label for step in DELETE.steps]


def delete(site, **parameters):
    """Run the flow; returns its run's id and its last state."""
    given = {"site": site.name, "spec": SPEC, "confirm": "w01"} | parameters
    state = delete_cluster(**given, return_state=True)
    return state.state_details.flow_run_id, state


def test_a_cluster_is_deleted_step_by_step_and_another_time_there_is_nothing_to_do(site, server):
    assert site.create(until_step="control-plane").state.is_completed()

    run, state = delete(site)
    _, again = delete(site)

    assert state.is_completed(), state.message
    assert server.run(run)["name"] == "delete w01"
    assert sorted(server.states(run, names=LABELS)) == LABELS
    (report,) = server.reports(run)
    assert "## ✅ Completed" in report
    assert again.message == "Nothing to do: nothing is left of w01"
    ended = [(one.operation, one.state) for one in site.journal().runs("w01")]
    assert ended[-2:] == [("delete", RunState.COMPLETED), ("create", RunState.ABORTED)]


def test_another_name_in_confirm_deletes_nothing(site):
    site.create(until_step="bootstrap")

    _, state = delete(site, confirm="w02")

    assert state.is_failed()
    assert state.message.startswith("NAME_DIFFERS: 'w02' is not 'w01'")
    assert [one.operation for one in site.journal().runs("w01")] == ["create"]
