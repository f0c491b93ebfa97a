"""Clusters that another cluster manages: made, resumed and taken back beside others."""

import threading

import pytest

from bedplate.capi import kinds
from bedplate.capi.claim import claim, claim_ref
from bedplate.capi.cluster import ref_of
from bedplate.engine.journal import RunState
from bedplate.errors import LeaseHeld, PermanentError, PreflightFailed, Refused, TemporaryError
from bedplate.managed_operations import CREATE_MANAGED
from bedplate.operations import DELETE
from bedplate.ports.kube import Kind, Ref, Side
from bedplate.service import run_to_end
from bedplate.simulation import parse_fault
from bedplate.spec import load_text
from tests.laws.making import Place
from tests.laws.managing import MACHINES, TEXT, Managed, other

ONE_MORE = TEXT.replace("count: 1\n      machineGroupRef", "count: 2\n      machineGroupRef")


# -- create ------------------------------------------------------------------------------------


def test_the_management_cluster_makes_the_machines_and_no_bootstrap_cluster_is_needed(made):
    assert len(made.own_machines()) == MACHINES
    assert made.calls("kind.create") == 1, "that of w01 alone"
    machines = made.manager.list(kinds.MACHINE, labels={kinds.CLUSTER_NAME_LABEL: "w02"})
    assert len(machines) == MACHINES
    (described,) = [
        one for one in made.manager.list(kinds.ANYWHERE_CLUSTER) if one["metadata"]["name"] == "w02"
    ]
    assert {c["type"]: c["status"] for c in described["status"]["conditions"]}["Ready"] == "True"
    own = made.site.open(load_text(TEXT)).kube[Side.CLUSTER]
    assert own.get(ref_of(kinds.CRD, "clusters.cluster.x-k8s.io", "")) is None, "it manages nobody"


def test_a_finished_managed_cluster_asked_for_again_has_nothing_to_do(made):
    assert made.create() is RunState.COMPLETED
    assert made.heard.began == []


@pytest.mark.parametrize("step", [step.name for step in CREATE_MANAGED.steps])
def test_a_create_stopped_after_any_step_goes_on_behind_it(fresh, step):
    fresh.create(last=step)
    assert fresh.create() is RunState.COMPLETED
    assert len(fresh.made()) == 7 + MACHINES
    if step not in {"preflight", "claim", "provider-setup"}:
        assert "control-plane" not in fresh.heard.began


def test_two_creates_from_one_management_cluster_run_side_by_side(fresh):
    text = other("w03", "198.18.0.30")
    second = Managed(fresh.folder, text)
    ended = []

    def work(one):
        ended.append(one.create())

    threads = [threading.Thread(target=work, args=(one,)) for one in (fresh, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert ended == [RunState.COMPLETED, RunState.COMPLETED]
    names = {machine.name.split("-")[0] for machine in fresh.world.virtual_machines()}
    assert names == {"w01", "w02", "w03"}
    assert len(fresh.made()) == 7 + 2 * MACHINES
    second.journal.close()


def test_each_managed_cluster_has_a_lease_of_its_own(fresh):
    second = Managed(fresh.folder, other("w03", "198.18.0.30"))
    with fresh.session(operation=CREATE_MANAGED), second.session(operation=CREATE_MANAGED):
        third = Managed(fresh.folder, TEXT)
        with pytest.raises(LeaseHeld), third.session(operation=CREATE_MANAGED):
            pass
        third.journal.close()
    second.journal.close()


def test_without_the_managers_kubeconfig_nothing_is_made(fresh):
    fresh.site.vault.delete("w01/kubeconfig")
    with pytest.raises(PreflightFailed) as caught:
        fresh.create()
    assert "kubeconfig of the management cluster w01 is not known" in caught.value.seen
    assert fresh.own_machines() == []


def test_a_management_cluster_that_falls_silent_is_waited_for_and_the_create_goes_on(fresh):
    fresh.create(last="control-plane")
    fresh.world.silence_cluster("w01")
    with pytest.raises((PreflightFailed, TemporaryError)):
        fresh.create()
    fresh.world.clear_faults()
    assert fresh.create() is RunState.COMPLETED
    assert len(fresh.made()) == 7 + MACHINES


def test_a_name_that_somebody_else_has_there_is_refused_before_anything_is_made(fresh):
    fresh.manager.create(claim_ref("w02"), claim(load_text(ONE_MORE)))
    with pytest.raises(Refused) as caught:
        fresh.create()
    assert caught.value.code == "NAME_TAKEN"
    fresh.abort()
    assert fresh.manager.get(claim_ref("w02")) is not None, "the other's claim stays"
    assert fresh.own_machines() == []


def test_a_specification_changed_on_the_way_keeps_the_name(fresh):
    fresh.create(last="claim")
    fresh.text = ONE_MORE
    assert fresh.create() is RunState.COMPLETED
    assert len(fresh.own_machines()) == MACHINES + 1


def test_a_lost_journal_costs_looks_but_no_machines(fresh):
    fresh.create(last="workers")
    fresh.journal.close()
    for file in fresh.folder.glob("journal.sqlite*"):
        file.unlink()
    again = Managed(fresh.folder, TEXT)
    assert again.create() is RunState.COMPLETED
    assert len(again.made()) == 7 + MACHINES
    again.journal.close()


def test_a_management_cluster_that_is_being_deleted_takes_no_new_cluster(fresh):
    manager = Place(fresh.folder)
    with manager.session(last="locate", operation=DELETE) as session:
        run_to_end(session)
    with pytest.raises(Refused) as caught:
        fresh.create()
    assert caught.value.code == "MANAGER_BUSY"
    assert fresh.journal.open_run("w02", "create-managed") is None
    manager.journal.close()


def test_a_paused_management_cluster_takes_no_new_cluster(fresh):
    fresh.manager.patch(ref_of(kinds.CLUSTER, "w01"), {"spec": {"paused": True}})
    with pytest.raises(Refused) as caught:
        fresh.create()
    assert caught.value.code == "MANAGER_UNSTEADY"
    assert fresh.own_machines() == []


def test_a_finished_managed_cluster_is_not_called_what_a_changed_specification_says(made):
    made.text = ONE_MORE
    with pytest.raises(Refused) as caught:
        made.create()
    assert caught.value.code == "CFG_CHANGED_AFTER_END"
    assert len(made.own_machines()) == MACHINES


def test_a_cluster_that_somebody_deleted_on_its_manager_is_not_called_finished(made):
    made.manager.delete(Ref(kinds.ANYWHERE_CLUSTER, "default", "w02"))
    made.manager.delete(ref_of(kinds.CLUSTER, "w02"))
    made.site.open(load_text(TEXT)).clock.sleep(600)
    assert made.own_machines() == []
    assert made.create() is RunState.COMPLETED
    assert len(made.own_machines()) == MACHINES


# -- abort -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["claim", "control-plane", "cluster-objects"])
def test_an_abort_leaves_nothing_of_the_cluster_and_the_manager_as_it_was(fresh, step):
    before = fresh.objects()
    fresh.create(last=step)
    fresh.abort()
    assert fresh.own_machines() == []
    assert fresh.objects() == before
    assert fresh.site.vault.get("w02/kubeconfig") is None
    assert fresh.create() is RunState.COMPLETED


def test_an_abort_of_a_second_create_takes_nothing_from_the_finished_cluster(made):
    made.manager.delete(Ref(Kind(kinds.ANYWHERE, "VSphereMachineConfig"), "default", "w02"))
    made.site.world.inject(parse_fault("kube.management.apply=denied"))
    with pytest.raises(PermanentError):
        made.create()
    made.site.world.clear_faults()
    with pytest.raises(Refused) as caught:
        made.abort()
    assert caught.value.code == "CLUSTER_FINISHED"
    assert len(made.own_machines()) == MACHINES
