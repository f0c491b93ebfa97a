"""Upgrading and scaling a cluster through Prefect."""

import pytest

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
    assert sorted(server.states(run)) == LABELS
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
