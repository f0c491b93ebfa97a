"""What a delete does when the world, another run or another cluster stands in its way."""

import json

import pytest

from bedplate.capi import kinds, names
from bedplate.capi.cluster import build, ref_of
from bedplate.capi.commit import read_commit
from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, Refused, TemporaryError
from bedplate.operations import DELETE
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.ports.kube import Kind, Ref, Side
from bedplate.simulation import parse_fault
from bedplate.spec import load_text
from tests.laws.making import MACHINES, Place, kube
from tests.laws.test_verbs import world_of

KIND = "w01-eks-a-cluster"
VOLUME = Kind("v1", "PersistentVolume")


@pytest.fixture
def place(finished):
    """A finished cluster."""
    return finished


@pytest.fixture
def fresh(tmp_path, stages):
    """A place where nothing was made."""
    found = Place(tmp_path, stages=stages)
    yield found
    found.journal.close()


def inventory(place):
    """The lines that the newest run's proof has."""
    (run,) = place.journal.runs(limit=1)
    return json.loads(place.journal.steps(run.id)["inventory"].fact)["items"]


def is_nothing_left(place):
    return (
        list(place.world.virtual_machines()) == []
        and place.world.bootstrap_clusters() == []
        and place.destroyed() == place.made()
        and all(item["why"] == "" for item in inventory(place))
    )


def test_a_cluster_that_manages_itself_is_deleted_with_all_that_was_made_for_it(place):
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)
    assert len(place.made()) == MACHINES
    looked_for = {item["kind"] for item in inventory(place)}
    assert looked_for == {
        "virtual machine", "bootstrap cluster", "template", "folder", "file", "vault entry",
    }  # fmt: skip
    assert place.site.vault.get("vcenter/password") is not None


def test_the_second_delete_finds_nothing_left_and_begins_nothing(place):
    place.delete()
    assert place.delete() is RunState.COMPLETED
    assert place.heard.began == []
    assert [run.operation for run in place.journal.runs()] == ["delete", "delete", "create"]


def test_a_deleted_cluster_can_be_created_again_under_another_specification(place):
    place.delete()
    place.text = place.text.replace("198.18.0.10", "198.18.0.11")
    assert place.create(last="control-plane") is RunState.OPEN
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)


@pytest.mark.parametrize("reached", ["bootstrap", "provider-setup", "control-plane", "secrets"])
def test_a_create_that_never_reached_its_pivot_is_deleted_from_its_own_bootstrap_cluster(
    fresh, reached
):
    fresh.begin(reached)
    assert fresh.delete() is RunState.COMPLETED
    assert is_nothing_left(fresh)
    assert fresh.calls("kind.create") == 1
    assert [run.state for run in fresh.journal.runs()] == [RunState.COMPLETED, RunState.ABORTED]


def test_a_bootstrap_cluster_that_the_creation_left_over_makes_room_for_a_new_one(fresh):
    fresh.begin("pivot")
    assert fresh.delete() is RunState.COMPLETED
    assert fresh.calls("kind.create") == 2
    assert is_nothing_left(fresh)
    assert len(fresh.made()) == MACHINES


def test_a_half_created_cluster_whose_bootstrap_cluster_is_lost_is_deleted_from_the_copy(fresh):
    fresh.begin("workers")
    fresh.world.lose_bootstrap(KIND)
    assert fresh.delete() is RunState.COMPLETED
    assert is_nothing_left(fresh)
    assert len(fresh.made()) == MACHINES


def test_a_bootstrap_cluster_that_was_half_made_is_no_obstacle_and_goes(fresh):
    fresh.begin("bootstrap")
    fresh.world.cut_off_bootstrap(KIND)
    assert fresh.delete() is RunState.COMPLETED
    assert is_nothing_left(fresh)
    assert fresh.calls("kind.create") == 1, "nobody needs a whole one"


def test_a_half_made_bootstrap_cluster_for_machines_in_the_copy_is_made_whole(fresh):
    fresh.begin("workers")
    fresh.world.cut_off_bootstrap(KIND)
    assert fresh.delete() is RunState.COMPLETED
    assert is_nothing_left(fresh)
    assert len(fresh.made()) == MACHINES


def test_a_delete_whose_own_bootstrap_cluster_was_half_made_can_be_aborted(place):
    place.delete(last="bootstrap")
    place.world.cut_off_bootstrap(KIND)
    place.abort(DELETE)
    assert place.world.bootstrap_clusters() == []
    assert len(place.world.virtual_machines()) == MACHINES


def test_a_bootstrap_cluster_whose_node_was_stopped_is_started_for_the_delete(fresh):
    fresh.begin("workers")
    fresh.world.stop_bootstrap(KIND)
    assert fresh.delete() is RunState.COMPLETED
    assert is_nothing_left(fresh)
    assert len(fresh.made()) == MACHINES


def test_a_half_made_cluster_of_the_bootstrap_clusters_name_that_we_never_began_stays(place):
    ports = place.site.open(load_text(place.text))
    ports.bootstrap.create(KIND, {})
    place.world.cut_off_bootstrap(KIND)
    for machine in place.world.virtual_machines():
        place.world.destroy_vm(machine.name)
    place.journal.close()
    for file in place.folder.glob("journal.sqlite*"):
        file.unlink()
    again = Place(place.folder)
    with pytest.raises(TemporaryError) as caught:
        again.delete()
    assert caught.value.code == "BOOTSTRAP_SILENT"
    assert again.world.bootstrap_clusters() == [KIND]
    again.journal.close()


def test_machines_that_nobody_knows_stop_a_delete_before_anything_is_made(fresh):
    fresh.begin("workers")
    fresh.world.lose_bootstrap(KIND)
    fresh.site.vault.delete("w01/capi-objects")
    fresh.site.vault.delete("w01/kubeconfig")
    with pytest.raises(PermanentError) as caught:
        fresh.delete()
    assert caught.value.code == "MACHINES_UNKNOWN"
    assert "destroy these virtual machines" in caught.value.remedy
    assert fresh.world.bootstrap_clusters() == []
    for machine in fresh.world.virtual_machines():
        fresh.world.destroy_vm(machine.name)
    assert fresh.delete() is RunState.COMPLETED


def test_a_bootstrap_cluster_lost_before_the_commit_of_the_move_back_costs_only_another(place):
    place.delete(last="secrets")
    place.world.lose_bootstrap(KIND)
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)
    assert len(place.made()) == MACHINES


def test_a_bootstrap_cluster_lost_after_the_move_back_is_filled_from_the_copy(place):
    place.delete(last="pivot")
    commit = read_commit(kube(place), "w01")
    assert commit is not None
    assert commit.superseded
    place.world.lose_bootstrap(KIND)
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)
    assert len(place.made()) == MACHINES


def test_a_bootstrap_cluster_lost_while_machines_go_never_has_one_made_again(place):
    place.delete(last="pivot")
    gone = [machine.name for machine in place.world.virtual_machines() if "md-0" in machine.name]
    kube(place, Side.BOOTSTRAP).delete(ref_of(kinds.CLUSTER, "w01"))
    clock = place.site.open(load_text(place.text)).clock
    while {machine.name for machine in place.world.virtual_machines()} & set(gone):
        clock.sleep(1)
    place.world.lose_bootstrap(KIND)
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)
    assert len(place.made()) == MACHINES


def test_a_cluster_that_does_not_answer_is_not_touched_and_it_is_said_what_can_be_done(place):
    place.world.silence_cluster("w01")
    with pytest.raises(TemporaryError) as caught:
        place.delete()
    assert caught.value.code == "CLUSTER_SILENT"
    assert "7 machines" in caught.value.seen
    assert "destroy these virtual machines in vCenter" in caught.value.remedy
    assert place.world.bootstrap_clusters() == []
    place.world.clear_faults()
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)


def test_a_cluster_whose_machines_somebody_destroyed_is_cleaned_up_without_a_bootstrap_cluster(
    place,
):
    for machine in place.world.virtual_machines():
        place.world.destroy_vm(machine.name)
    assert place.delete() is RunState.COMPLETED
    assert place.calls("kind.create") == 1
    assert is_nothing_left(place)


def test_a_cluster_that_falls_silent_once_its_management_went_back_is_deleted_all_the_same(place):
    place.delete(last="pivot")
    place.world.silence_cluster("w01")
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)


def test_an_unwell_worker_does_not_keep_its_cluster_from_being_deleted(place):
    worker = next(m.name for m in place.world.virtual_machines() if "md-0" in m.name)
    place.world.power_vm(worker, on=False)
    assert place.delete() is RunState.COMPLETED
    assert is_nothing_left(place)


def test_a_cluster_that_manages_others_is_refused_by_their_names(place):
    other = build(kinds.CLUSTER, "w02", {"spec": {}})
    kube(place).apply(ref_of(kinds.CLUSTER, "w02"), other)
    with pytest.raises(Refused) as caught:
        place.delete()
    assert caught.value.code == "CLUSTER_MANAGES_OTHERS"
    assert "w01 manages w02" in caught.value.seen
    assert place.world.bootstrap_clusters() == []
    assert place.journal.open_run("w01", "delete") is None


def test_volumes_on_vsphere_disks_are_named_and_left_only_where_that_is_asked_for(place):
    csi = {"driver": "csi.vsphere.vmware.com", "volumeHandle": "disk-1"}
    spec = {"csi": csi, "claimRef": {"namespace": "shop", "name": "data"}}
    volume = build(VOLUME, "pvc-1", {"spec": spec}, namespace="")
    kube(place).apply(Ref(VOLUME, "", "pvc-1"), volume)
    with pytest.raises(Refused) as caught:
        place.delete()
    assert caught.value.code == "VOLUMES_LEFT"
    assert "pvc-1 (shop/data, disk disk-1)" in caught.value.seen
    assert place.delete(skipped=frozenset({"vsphere-volumes"})) is RunState.COMPLETED
    assert any("disk-1" in text and "stays" in text for text in place.heard.texts)


def test_a_create_is_refused_while_a_delete_has_not_ended(place):
    place.delete(last="providers")
    with pytest.raises(Refused) as caught:
        place.create()
    assert caught.value.code == "TAKEN_OVER"
    assert "bedplate resume" in caught.value.remedy
    assert place.delete() is RunState.COMPLETED


@pytest.mark.parametrize("reached", ["bootstrap", "secrets"])
def test_a_delete_that_is_aborted_before_the_move_back_leaves_the_cluster_as_it_was(place, reached):
    place.delete(last=reached)
    place.abort(DELETE)
    assert place.world.bootstrap_clusters() == []
    assert place.create() is RunState.COMPLETED
    assert place.heard.began == []
    assert len(place.world.virtual_machines()) == MACHINES
    assert place.delete() is RunState.COMPLETED


def test_an_aborted_move_back_lets_the_clusters_own_controllers_go_on(place):
    place.world.inject(_denied("kube.bootstrap.create:MachineDeployment"))
    with pytest.raises(PermanentError):
        place.delete()
    anywhere = Ref(kinds.ANYWHERE_CLUSTER, "default", "w01")
    assert PAUSED in kube(place).get(anywhere)["metadata"]["annotations"]
    place.world.clear_faults()
    place.abort(DELETE)
    cluster = kube(place).get(ref_of(kinds.CLUSTER, "w01"))
    assert not cluster["spec"].get("paused")
    assert PAUSED not in (kube(place).get(anywhere)["metadata"].get("annotations") or {})
    assert place.world.bootstrap_clusters() == []
    assert place.destroyed() == []


def test_a_delete_cannot_be_aborted_once_the_management_went_back(place):
    place.delete(last="pivot")
    with pytest.raises(Refused) as caught:
        place.abort(DELETE)
    assert caught.value.code == "DELETE_BEGUN"
    assert place.delete() is RunState.COMPLETED


def test_an_aborted_delete_of_a_half_created_cluster_leaves_it_to_its_creation(fresh):
    fresh.begin("workers")
    fresh.world.inject(_denied("kube.bootstrap.delete:Cluster"))
    with pytest.raises(PermanentError):
        fresh.delete()
    fresh.world.clear_faults()
    fresh.abort(DELETE)
    assert fresh.create() is RunState.COMPLETED
    assert len(fresh.made()) == MACHINES
    assert fresh.destroyed() == []


def test_folders_and_templates_that_others_use_stay_and_the_proof_says_why(place, tmp_path):
    ports = place.site.open(load_text(place.text))
    ports.vcenter.create_folder("/DC0/vm/w01/somebody-else")
    other = place.text.replace("w01", "w02").replace("198.18.0.10", "198.18.0.20")
    place.text = other
    assert place.create(last="provider-setup") is RunState.OPEN
    place.text = other.replace("w02", "w01").replace("198.18.0.20", "198.18.0.10")
    assert place.delete() is RunState.COMPLETED
    kept = {item["name"]: item["why"] for item in inventory(place) if item["why"]}
    (template,) = [name for name in kept if "bottlerocket" in name]
    assert kept[template] == "made by us, and w02 uses it"
    assert "others have put something into it" in kept["/DC0/vm/w01"]


def test_every_step_may_run_twice(place):
    """The law of the verbs: running a step twice is running it once; so is taking it back."""
    for step in DELETE.steps:
        with place.session(operation=DELETE, last=step.name) as session:
            session.plan()
            session.attempt(step)
            again = session.attempt(step)
            assert again.fact is not None, step.name
    assert list(place.world.virtual_machines()) == []
    assert len(place.made()) == MACHINES
    assert names.config_file("w01") not in str(list(place.folder.rglob("*")))


def test_looking_changes_nothing_at_any_stage_of_a_delete(place, tmp_path):
    for reached in DELETE.steps:
        place.delete(last=reached.name)
        before = world_of(place.folder)
        with place.session(operation=DELETE) as session:
            session.plan()
        assert world_of(place.folder) == before, f"looking after {reached.name} changed something"
    assert place.delete() is RunState.COMPLETED


def _denied(what):
    return parse_fault(f"{what}=denied")
