"""What a resume does when the world, the specification or the journal is not what it was."""

import time

import pytest

from bedplate.adapters.journal import open_journal
from bedplate.adapters.runner import this_runner
from bedplate.capi import kinds, objects
from bedplate.engine.journal import RunState
from bedplate.errors import (
    LeaseHeld,
    LeaseLost,
    PermanentError,
    PreflightFailed,
    Refused,
    TemporaryError,
)
from bedplate.ports.kube import Ref, Side
from bedplate.simulation import parse_fault
from bedplate.spec import load_text
from tests.laws.making import KIND, MACHINES, SPEC_FILE, Place


def test_a_completed_create_asked_for_again_finds_everything_done(place):
    assert place.create() is RunState.COMPLETED
    assert place.create() is RunState.COMPLETED
    assert place.heard.began == []
    assert len(place.made()) == MACHINES


def test_a_create_stopped_early_goes_on_where_it_stopped(place):
    assert place.create(last="networking") is RunState.OPEN
    assert place.create() is RunState.COMPLETED
    assert "bootstrap" not in place.heard.began
    assert place.heard.began[0] in {"workers", "own-providers"}
    assert len(place.made()) == MACHINES


@pytest.mark.timeout(240)  # two deadlines of an hour each, looked at every two seconds
def test_a_worker_that_is_lost_while_others_start_is_watched_by_its_health_check(place):
    place.world.machine_never_joins("w01-md-0-")

    with pytest.raises(TemporaryError) as caught:
        place.create()

    said = "Health check failed: Node failed to report startup in 600s"
    assert said in caught.value.seen
    checks = (
        place.site.open(load_text(SPEC_FILE.read_text()))
        .kube[Side.BOOTSTRAP]
        .list(kinds.MACHINE_HEALTH_CHECK)
    )
    assert {objects.name(one) for one in checks} >= {"w01-kcp-unhealthy"}


def test_a_bootstrap_cluster_lost_before_the_pivot_is_restored_from_the_saved_copy(place):
    place.begin("workers")
    place.world.lose_bootstrap(KIND)
    assert place.create() is RunState.COMPLETED
    assert any("will be restored from the saved copy" in text for text in place.heard.texts)
    assert len(place.made()) == MACHINES
    assert place.destroyed() == []


def test_a_bootstrap_cluster_lost_without_a_copy_stops_before_any_machine_is_ordered_again(place):
    place.begin("workers")
    place.world.lose_bootstrap(KIND)
    place.site.vault.delete("w01/capi-objects")
    with pytest.raises(PermanentError) as caught:
        place.create()
    assert caught.value.code == "BOOTSTRAP_LOST"
    assert "7 machines of w01 exist" in caught.value.seen
    assert "delete these virtual machines" in caught.value.remedy
    assert len(place.made()) == MACHINES
    assert place.calls("kind.create") == 1


def test_a_bootstrap_cluster_lost_after_the_pivot_is_not_missed(place):
    place.begin("pivot")
    place.world.lose_bootstrap(KIND)
    assert place.create() is RunState.COMPLETED
    assert place.calls("kind.create") == 1
    assert len(place.made()) == MACHINES


def test_a_bootstrap_cluster_that_was_stopped_is_started_and_used_again(place):
    place.begin("networking")
    place.world.stop_bootstrap(KIND)
    assert place.create() is RunState.COMPLETED
    assert len(place.made()) == MACHINES


def test_a_moved_cluster_that_does_not_answer_is_never_built_again(place):
    place.begin("pivot")
    place.world.silence_cluster("w01")
    with pytest.raises(TemporaryError) as caught:
        place.create()
    assert caught.value.code == "CLUSTER_SILENT"
    place.world.clear_faults()
    assert place.create() is RunState.COMPLETED
    assert place.calls("kind.create") == 1
    assert len(place.made()) == MACHINES


def test_a_journal_lost_after_the_pivot_costs_looks_but_no_machines(place, tmp_path):
    place.begin("cluster-objects")
    place.journal.close()
    for file in tmp_path.glob("journal.sqlite*"):
        file.unlink()
    again = Place(tmp_path)
    assert again.create() is RunState.COMPLETED
    assert "bootstrap" not in again.heard.began
    assert len(again.made()) == MACHINES
    again.journal.close()


def test_a_changed_number_of_workers_opens_their_step_again(place):
    place.begin("workers")
    place.text = place.text.replace(
        "      count: 2\n      machineGroupRef", "      count: 3\n      machineGroupRef"
    )
    assert place.create() is RunState.COMPLETED
    assert "workers" in place.heard.began
    assert "control-plane" not in place.heard.began
    assert len(place.made()) == MACHINES + 1


def test_a_renamed_worker_group_leaves_none_of_its_machines(place):
    place.begin("workers")
    place.text = place.text.replace("name: md-0", "name: md-new")
    assert place.create() is RunState.COMPLETED
    left = sorted(machine.name for machine in place.world.virtual_machines())
    assert len(left) == MACHINES
    assert not [name for name in left if "md-0" in name]


def test_a_kind_cluster_that_somebody_else_made_is_not_taken(place, tmp_path):
    ports = place.site.open(load_text(place.text))
    ports.bootstrap.create(KIND, {"kind": "Cluster"})
    ports.clock.sleep(60)
    with pytest.raises(PermanentError) as caught:
        place.create()
    assert caught.value.code == "BOOTSTRAP_FOREIGN"
    assert place.world.bootstrap_clusters() == [KIND]
    assert place.made() == []


def test_a_changed_immutable_field_is_refused_with_its_name(place):
    place.begin("control-plane")
    place.text = place.text.replace("198.18.0.10", "198.18.0.11")
    with pytest.raises(Refused) as caught:
        place.create()
    assert caught.value.code == "CFG_IMMUTABLE_FIELD"
    assert "controlPlaneConfiguration.endpoint" in caught.value.seen


def test_a_change_before_the_pivot_is_refused_once_the_pivot_has_begun(place):
    place.begin("pivot")
    place.text = place.text.replace(
        "      count: 2\n      machineGroupRef", "      count: 3\n      machineGroupRef"
    )
    with pytest.raises(Refused) as caught:
        place.create()
    assert caught.value.code == "CFG_CHANGED_TOO_LATE"
    assert "workers" in caught.value.seen
    place.text = SPEC_FILE.read_text()
    assert place.create() is RunState.COMPLETED


def test_a_change_that_touches_no_machine_is_taken_up_after_the_pivot(place):
    place.begin("pivot")
    place.text = place.text.replace(
        "  managementCluster:", "  packages:\n    disable: true\n  managementCluster:"
    )
    assert place.create() is RunState.COMPLETED
    assert "packages" in place.heard.kept_steps
    assert len(place.made()) == MACHINES


def test_a_second_runner_at_once_is_told_who_holds_the_cluster(place):
    with place.session() as first:
        other = Place(place.folder)
        with pytest.raises(LeaseHeld) as caught, other.session():
            pass
        assert first.run.id in caught.value.seen
        assert str(this_runner().pid) in caught.value.seen
        other.journal.close()


def test_a_runner_whose_lease_expired_while_it_lives_can_change_nothing(place, tmp_path):
    with place.session() as first:
        plan = first.plan()
        url = f"sqlite:///{tmp_path}/journal.sqlite"
        an_hour_later = open_journal(url, lease_clock=lambda: time.time() + 3600)
        newer = an_hour_later.acquire("w01", first.run.id, "create", this_runner())
        assert newer.token > 1
        with pytest.raises(LeaseLost) as caught:
            first.attempt(plan.operation["bootstrap"])
        assert caught.value.code == "LEASE_LOST"
        an_hour_later.release(newer)
        an_hour_later.close()
    assert place.world.bootstrap_clusters() == []


def test_a_step_beside_the_pivot_can_still_be_done_when_the_bootstrap_cluster_is_gone(place):
    place.begin("teardown")
    assert "storage" not in place.settled_steps()
    assert place.world.bootstrap_clusters() == []
    assert place.create() is RunState.COMPLETED
    assert "workers" not in place.heard.began
    assert place.calls("kind.create") == 1
    assert len(place.made()) == MACHINES


def test_an_abort_before_the_pivot_leaves_nothing_behind(place):
    place.begin("own-providers")
    place.abort()
    assert list(place.world.virtual_machines()) == []
    assert place.world.bootstrap_clusters() == []
    assert place.destroyed() == place.made()
    assert place.site.vault.get("w01/kubeconfig") is None
    assert place.journal.open_run("w01", "create") is None
    assert place.create() is RunState.COMPLETED


def test_an_abort_that_is_repeated_finds_nothing_left_to_do(place):
    place.begin("workers")
    with place.session() as session:
        for step in reversed(session.operation.steps):
            session.undo(step)
            session.undo(step)
    assert list(place.world.virtual_machines()) == []
    assert place.world.bootstrap_clusters() == []


def test_an_abort_after_the_pivot_is_refused_and_undoes_nothing(place):
    place.begin("pivot")
    with pytest.raises(Refused) as caught:
        place.abort()
    assert caught.value.code == "PIVOT_COMMITTED"
    assert len(place.world.virtual_machines()) == MACHINES
    assert place.create() is RunState.COMPLETED


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("count: 2\n      machineGroupRef", "count: 3\n      machineGroupRef", "workerNodeGroup"),
        ("198.18.0.10", "198.18.0.11", "controlPlaneConfiguration.endpoint"),
    ],
)
def test_a_finished_cluster_is_not_called_what_a_changed_specification_says(
    place, before, after, field
):
    assert place.create() is RunState.COMPLETED
    place.text = place.text.replace(before, after)
    with pytest.raises(Refused) as caught:
        place.create()
    assert caught.value.code == "CFG_CHANGED_AFTER_END"
    assert field in caught.value.seen
    assert place.journal.open_run("w01", "create") is None
    place.text = SPEC_FILE.read_text()
    assert place.create() is RunState.COMPLETED


def test_a_vcenter_that_lets_nobody_in_is_a_preflight_failure(place):
    place.site.vault.put("vcenter/password", "not the password")
    with pytest.raises(PreflightFailed) as caught:
        place.create()
    assert "does not let" in caught.value.seen
    assert "vcenter/password" in caught.value.remedy


def break_packages_of_a_finished_cluster(place):
    """A new create on a finished cluster, which fails behind the pivot without looking at it."""
    assert place.create() is RunState.COMPLETED
    controller = Ref(kinds.DEPLOYMENT, "eksa-packages", "eks-anywhere-packages")
    kube = place.site.open(load_text(place.text)).kube[Side.CLUSTER]
    assert kube.get(controller) is not None
    kube.delete(controller)
    place.site.world.inject(parse_fault("kube.cluster.apply=denied"))
    with pytest.raises(PermanentError):
        place.create()
    place.site.world.clear_faults()
    return kube


def test_an_abort_of_a_second_create_takes_nothing_from_the_finished_cluster(place):
    kube = break_packages_of_a_finished_cluster(place)
    assert "pivot" not in place.journal.steps(place.journal.runs(limit=1)[0].id)
    before = kube.list(kinds.ANYWHERE_CLUSTER), kube.list(kinds.DEPLOYMENT)
    with pytest.raises(Refused) as caught:
        place.abort()
    assert caught.value.code == "PIVOT_COMMITTED"
    assert (kube.list(kinds.ANYWHERE_CLUSTER), kube.list(kinds.DEPLOYMENT)) == before


def test_an_abort_after_the_journal_was_lost_takes_back_what_the_lost_one_had_recorded(place):
    place.begin("own-providers")
    place.journal.close()
    for file in place.folder.glob("journal.sqlite*"):
        file.unlink()
    again = Place(place.folder)
    again.create(last="secrets")
    assert "bootstrap" not in again.settled_steps()
    again.abort()
    assert list(again.world.virtual_machines()) == []
    assert again.world.bootstrap_clusters() == []
    again.journal.close()


def test_an_abort_asks_a_silent_bootstrap_cluster_before_it_forgets_the_machines(place):
    place.begin("workers")
    place.world.stop_bootstrap(KIND)
    with pytest.raises(TemporaryError) as caught:
        place.abort()
    assert caught.value.code == "BOOTSTRAP_SILENT"
    place.world.start_bootstrap(KIND)
    place.abort()
    assert list(place.world.virtual_machines()) == []


def test_no_health_check_is_there_before_the_control_planes_nodes_are_ready(place):
    """Else each of them is found unhealthy and replaced, before networking can be installed."""
    place.create(last="networking")
    bootstrap = place.site.open(load_text(place.text)).kube[Side.BOOTSTRAP]
    before = bootstrap.list(kinds.MACHINE_HEALTH_CHECK)
    place.create(last="workers")

    assert list(before) == []
    found = {objects.name(one) for one in bootstrap.list(kinds.MACHINE_HEALTH_CHECK)}
    assert found == {"w01-kcp-unhealthy", "w01-md-0-worker-unhealthy"}


def test_a_preflight_tells_every_failure_at_once_and_makes_nothing(place):
    place.text = place.text.replace("LocalDS_0", "LocalDS_9")
    place.world.taken_address("198.18.0.10")
    with pytest.raises(PreflightFailed) as caught:
        place.create()
    assert "LocalDS_9" in caught.value.seen
    assert "198.18.0.10 is in use" in caught.value.seen
    assert "govc find" in caught.value.remedy
    assert place.world.bootstrap_clusters() == []


@pytest.mark.parametrize("step", ["control-plane", "workers", "pivot"])
def test_starting_at_a_step_asks_that_those_before_it_are_settled(place, step):
    with pytest.raises(Refused) as caught:
        place.create(first=step)
    assert caught.value.code == "STEP_UNSETTLED"
    assert place.journal.open_run("w01", "create") is None, "nothing was begun, nothing to resume"
