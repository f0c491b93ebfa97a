"""Clusters that another cluster manages: deleted, and what is refused."""

from dataclasses import replace

import pytest

from bedplate.capi import kinds, objects
from bedplate.engine.journal import RunState
from bedplate.errors import Refused, TemporaryError
from bedplate.managed_operations import DELETE_MANAGED, UPGRADE_MANAGED
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.phases.upgrade.pausing import HALF_WAY
from bedplate.ports.kube import Kind, Ref
from bedplate.preview import Preview
from bedplate.service import abort
from bedplate.spec import load_text
from tests.laws.making import LARGER, SPEC_FILE, Place
from tests.laws.managing import MACHINES, TEXT, Managed, copy_of, other

# -- delete ------------------------------------------------------------------------------------


def test_a_delete_leaves_the_management_cluster_as_it_was_before_the_create(fresh):
    before = fresh.objects()
    fresh.create()
    assert fresh.delete() is RunState.COMPLETED
    assert fresh.objects() == before
    assert fresh.own_machines() == []
    assert len(fresh.world.virtual_machines("w01-")) == 7
    assert list((fresh.folder / "site" / "vault" / "w02").iterdir()) == []
    assert fresh.calls("kind.create") == 1
    assert fresh.delete() is RunState.COMPLETED
    assert fresh.heard.began == []


@pytest.mark.parametrize("step", [step.name for step in DELETE_MANAGED.steps])
def test_a_delete_stopped_after_any_step_goes_on_behind_it(made, step):
    made.delete(last=step)
    assert made.delete() is RunState.COMPLETED
    assert made.own_machines() == []
    assert made.destroyed() == [name for name in made.made() if name.startswith("w02-")]


def test_a_delete_ends_a_create_that_broke(fresh):
    fresh.create(last="control-plane")
    assert fresh.delete() is RunState.COMPLETED
    states = {run.operation: run.state for run in fresh.journal.runs("w02")}
    assert states == {"create-managed": RunState.ABORTED, "delete-managed": RunState.COMPLETED}
    assert fresh.own_machines() == []


WITH_ETCD = (
    "  workerNodeGroupConfigurations:",
    "  externalEtcdConfiguration:\n    count: 1\n    machineGroupRef:\n"
    "      kind: VSphereMachineConfig\n      name: w02\n  workerNodeGroupConfigurations:",
)


@pytest.mark.parametrize(
    ("text", "reached"),
    [(TEXT, "control-plane"), (TEXT.replace(*WITH_ETCD), "external-etcd")],
    ids=["stacked", "external"],
)
def test_a_delete_ends_an_upgrade_that_broke_half_way(manager_folder, tmp_path, text, reached):
    place = copy_of(manager_folder, tmp_path / "here", text)
    before = place.objects()
    place.create()
    place.text = text.replace(*LARGER)
    place.upgrade(last=reached, operation=UPGRADE_MANAGED)
    described = place.manager.get(Ref(kinds.ANYWHERE_CLUSTER, "default", "w02"))
    assert {PAUSED, HALF_WAY} <= objects.annotations_of(described).keys()

    assert place.delete() is RunState.COMPLETED

    assert place.own_machines() == []
    assert place.objects() == before
    place.journal.close()


def test_one_of_two_managed_clusters_is_deleted_and_the_other_lives_on(made):
    second = Managed(made.folder, other("w03", "198.18.0.30"))
    second.create()
    before = {row for row in made.objects() if "w02" in row[2]}
    assert second.delete() is RunState.COMPLETED
    assert {row for row in made.objects() if "w02" in row[2]} == before
    assert len(made.own_machines()) == MACHINES
    second.journal.close()


def test_a_management_cluster_is_not_deleted_while_it_manages_others_and_says_which(made):
    manager = Place(made.folder)
    with pytest.raises(Refused) as caught:
        manager.delete()
    assert caught.value.code == "CLUSTER_MANAGES_OTHERS"
    assert "w01 manages w02" in caught.value.seen
    assert made.delete() is RunState.COMPLETED
    assert manager.delete() is RunState.COMPLETED
    assert list(made.world.virtual_machines()) == []
    manager.journal.close()


def test_a_management_cluster_is_not_deleted_while_a_create_on_it_has_only_begun(fresh):
    fresh.create(last="preflight")
    manager = Place(fresh.folder)
    with pytest.raises(Refused) as caught:
        manager.delete()
    assert caught.value.code == "CLUSTER_MANAGES_OTHERS"
    assert "create-managed" in caught.value.seen
    manager.journal.close()


def test_a_claim_alone_holds_off_a_delete_that_knows_no_journal_of_it(fresh):
    fresh.create(last="claim")
    fresh.journal.close()
    for file in fresh.folder.glob("journal.sqlite*"):
        file.unlink()
    manager = Place(fresh.folder)
    with pytest.raises(Refused) as caught:
        manager.delete()
    assert caught.value.code == "CLUSTER_MANAGES_OTHERS"
    assert "w01 manages w02" in caught.value.seen
    manager.journal.close()


def test_nothing_is_deleted_past_a_silent_management_cluster(made):
    made.world.silence_cluster("w01")
    with pytest.raises(TemporaryError) as caught:
        made.delete()
    assert caught.value.code == "MANAGER_SILENT"
    made.world.clear_faults()
    assert made.delete() is RunState.COMPLETED


def test_a_delete_that_has_begun_is_not_taken_back_and_one_that_has_not_is(made):
    made.delete(last="locate")
    with made.session(takes_back=True, operation=DELETE_MANAGED) as session:
        abort(session)
    assert len(made.own_machines()) == MACHINES
    made.delete(last="machines")
    with (
        pytest.raises(Refused) as caught,
        made.session(takes_back=True, operation=DELETE_MANAGED) as session,
    ):
        abort(session)
    assert caught.value.code == "DELETE_BEGUN"


def test_another_management_cluster_in_the_specification_is_refused_while_a_run_is_open(fresh):
    fresh.create(last="control-plane")
    managed, alone = (f"managementCluster:\n    name: {name}" for name in ("w01", "w02"))
    fresh.text = TEXT.replace(managed, alone)
    with pytest.raises(Refused) as caught:
        Place.create(fresh)
    assert caught.value.code == "MANAGER_CHANGED"


def test_a_preview_of_a_delete_tells_who_goes_and_changes_nothing(made):
    before = made.objects()
    request = replace(made.session(operation=DELETE_MANAGED).request)
    plan = Preview(request, made.site, made.journal).plan()
    assert [one.step.name for one in plan.decisions if one.action.value == "do"][:2] == [
        "locate", "machines",
    ]  # fmt: skip
    assert made.objects() == before


def test_gitops_is_the_managers_and_its_flux_takes_the_cluster(tmp_path):
    example = (SPEC_FILE.parents[2] / "examples" / "vsphere-gitops.yaml").read_text()
    manager = Place(tmp_path, example)
    assert manager.create() is RunState.COMPLETED
    flux = next(part for part in example.split("---\n") if "\nkind: FluxConfig" in part)
    gitops = load_text(example).gitops
    assert gitops is not None
    name = gitops.metadata.name
    refers = f"  gitOpsRef:\n    kind: FluxConfig\n    name: {name}\n  managementCluster:"
    text = TEXT.replace("  managementCluster:", refers) + f"---\n{flux}"
    place = Managed(tmp_path, text)
    assert place.create() is RunState.COMPLETED
    commits = place.calls("git.commit")
    assert place.delete() is RunState.COMPLETED
    assert place.calls("git.commit") == commits + 1
    assert len(place.manager.list(kinds.ANYWHERE_CLUSTER)) == 1, "the manager's own"
    kept = place.manager.list(Kind(kinds.ANYWHERE, "FluxConfig"))
    assert len(kept) == 1, "the manager uses it too"
    place.journal.close()
    manager.journal.close()
