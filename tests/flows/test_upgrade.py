"""Upgrading and scaling a cluster through Prefect."""

import pytest
from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow
from prefect.states import Pending

from bedplate.engine.journal import RunState
from bedplate.operations import UPGRADE
from flows.upgrade import upgrade_cluster
from tests.flows.conftest import SPEC

pytestmark = pytest.mark.timeout(240)

LABELS = [step.label for step in UPGRADE.steps]


def test_a_cluster_is_upgraded_step_by_step_and_its_journal_has_both_runs(site, server):
    assert site.create().state.is_completed()
    last = SPEC.rindex("memoryMiB: 8192")
    larger = SPEC[:last] + SPEC[last:].replace("memoryMiB: 8192", "memoryMiB: 12288", 1)

    state = upgrade_cluster(site=site.name, spec=larger, return_state=True)
    again = upgrade_cluster(site=site.name, spec=larger, return_state=True)

    assert state.is_completed(), state.message
    run = state.state_details.flow_run_id
    assert server.run(run)["name"] == "upgrade w01"
    assert sorted(server.states(run, names=LABELS)) == LABELS
    assert again.message == "Nothing to do: w01 is as the specification says"
    ended = [(one.operation, one.state) for one in site.journal().runs("w01")]
    assert ended[-2:] == [("upgrade", RunState.COMPLETED), ("create", RunState.COMPLETED)]


def test_two_minor_versions_are_two_runs_of_one_flow_run(site, server):
    assert site.create().state.is_completed()
    newest = SPEC.replace('"1.34"', '"1.36"').replace("kube-v1.34", "kube-v1.36")

    state = upgrade_cluster(site=site.name, spec=newest, return_state=True)

    assert state.is_completed(), state.message
    ended = [(one.operation, one.state) for one in site.journal().runs("w01")]
    assert ended[:2] == [("upgrade", RunState.COMPLETED)] * 2
    assert len({one.id for one in site.journal().runs("w01")}) == 3


LONG_AGO, FAR_AHEAD = "2020-01-05T04:00:00+00:00", "2999-01-05T04:00:00+00:00"


def upgraded_until(site, moment):
    """What an upgrade of a cluster that is not there says, where it may begin until a moment."""
    return upgrade_cluster(site=site.name, spec=SPEC, not_after=moment, return_state=True).message


def tried_again(site, moment):
    """The same after a Retry of the run: another process carries it out again."""
    given = {"site": site.name, "spec": SPEC, "not_after": moment}
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(upgrade_cluster, parameters=given).id
        for _ in range(2):
            client.set_flow_run_state(run, Pending(), force=True)
            found = client.read_flow_run(run)
            run_flow(upgrade_cluster, flow_run=found, parameters=given, return_type="state")
        ended = client.read_flow_run(run).state
    return "" if ended is None else ended.message


def test_an_upgrade_that_begins_too_late_changes_nothing(site):
    assert upgraded_until(site, LONG_AGO).startswith("WINDOW_CLOSED: nothing was to begin after")

    assert list(site.journal().runs()) == []


def test_an_upgrade_that_begins_in_time_or_is_tried_again_goes_on(site):
    goes_on = upgraded_until(site, "")

    assert "WINDOW_CLOSED" not in goes_on
    assert upgraded_until(site, FAR_AHEAD) == goes_on
    assert tried_again(site, LONG_AGO) == goes_on


def test_a_moment_that_is_none_is_explained(site):
    assert upgraded_until(site, "at night").startswith("MOMENT_INVALID: 'at night' is no moment")
