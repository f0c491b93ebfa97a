"""Upgrading and scaling a finished cluster: what is replaced, in what order, what stands still."""

import json

import pytest

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, PreflightFailed, Refused
from bedplate.operations import UPGRADE
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.phases.upgrade.pausing import HALF_WAY, PAUSED_FOR
from bedplate.ports.kube import Kind, Ref
from bedplate.simulation import parse_fault
from bedplate.spec import load_text
from tests.laws.making import LARGER, MACHINES, NEWER, Place, kube

MORE_WORKERS = ("name: md-0\n      count: 2", "name: md-0\n      count: 4")


@pytest.fixture
def place(finished):
    """A finished cluster."""
    return finished


def change(place, *changes):
    for before, after in changes:
        assert before in place.text
        place.text = place.text.replace(before, after)


def anywhere(place):
    return kube(place).get(Ref(kinds.ANYWHERE_CLUSTER, "default", "w01"))


def is_paused(place):
    return PAUSED in objects.annotations_of(anywhere(place))


def events_of(place, owner):
    """What happened to the machines of an owner since the create, oldest first."""
    events = [e for e in place.world.vm_events() if e.name.startswith(owner)]
    created = {"w01-etcd-": 3, "w01-md-0-": 2}[owner]
    return [event.event for event in events][created:]


def versions(place):
    nodes = kube(place).list(kinds.NODE)
    return {objects.text(node, "status", "nodeInfo", "kubeletVersion") for node in nodes}


def test_a_new_minor_version_replaces_every_machine_one_by_one(place):
    change(place, NEWER)

    assert place.upgrade() is RunState.COMPLETED

    assert {version.partition("-")[0] for version in versions(place)} == {"v1.35.1"}
    assert len(place.world.virtual_machines()) == MACHINES
    assert len(place.made()) == 2 * MACHINES
    assert events_of(place, "w01-etcd-") == ["made"] * 3 + ["destroyed"] * 3
    assert events_of(place, "w01-md-0-") == ["made", "destroyed"] * 2
    assert not is_paused(place)
    assert objects.text(anywhere(place), "spec", "kubernetesVersion") == "1.35"


def test_etcd_comes_before_the_control_plane_and_that_before_the_workers(place):
    before = len(place.world.vm_events())
    change(place, LARGER)

    place.upgrade()

    order = [event.name.rsplit("-", 1)[0] for event in place.world.vm_events()[before:]]
    owners = list(dict.fromkeys("md-0" if "md-0" in one else one for one in order))
    assert owners == ["w01-etcd", "w01", "md-0"]


def test_an_upgrade_to_what_is_there_does_nothing(place):
    assert place.upgrade() is RunState.COMPLETED
    assert place.heard.began == []
    assert len(place.made()) == MACHINES


def test_only_the_group_that_changes_is_replaced(place):
    workers = place.text.rindex("memoryMiB: 8192")
    place.text = place.text[:workers] + place.text[workers:].replace(*LARGER)

    assert place.upgrade() is RunState.COMPLETED

    assert place.heard.began == [
        "preflight", "backup", "pause", "workers", "post-checks", "cluster-objects",
        "cluster-config", "unpause",
    ]  # fmt: skip
    assert events_of(place, "w01-etcd-") == []
    assert [name for name in place.destroyed() if "md-0" not in name] == []


def images(place):
    """The images of everything that runs as a Deployment or on every node, by name."""
    return {
        (objects.namespace(one), objects.name(one)): objects.items(
            one, "spec", "template", "spec", "containers"
        )[0]["image"]
        for kind in (kinds.DEPLOYMENT, kinds.DAEMON_SET)
        for one in kube(place).list(kind)
    }


def test_a_newer_release_brings_its_components_and_touches_no_machine(place):
    before = images(place)
    change(
        place, ('kubernetesVersion: "1.34"', 'kubernetesVersion: "1.34"\n  eksaVersion: v0.27.0')
    )

    assert place.upgrade() is RunState.COMPLETED

    after = images(place)
    changed = {name for name in before if before[name] != after[name]}
    assert ("capi-system", "capi-controller-manager") in changed
    assert ("eksa-system", "eksa-controller-manager") in changed
    assert ("kube-system", "cilium") in changed
    assert after.keys() == before.keys(), "the pre-flight of Cilium is gone again"
    assert any("cilium-pre-flight-check" in text for text in place.heard.texts)
    assert len(place.made()) == MACHINES


def test_more_workers_are_added_and_taken_away_and_nothing_is_replaced(place):
    change(place, MORE_WORKERS)
    assert place.scale() is RunState.COMPLETED
    assert events_of(place, "w01-md-0-") == ["made", "made"]

    change(place, ("count: 4", "count: 1"))
    assert place.scale() is RunState.COMPLETED
    assert events_of(place, "w01-md-0-") == ["made", "made", "destroyed", "destroyed", "destroyed"]
    assert len(place.world.virtual_machines()) == MACHINES - 1


def test_a_scale_refuses_what_is_no_number_and_says_what_makes_it(place):
    change(place, MORE_WORKERS, NEWER)

    with pytest.raises(PreflightFailed) as caught:
        place.scale()

    assert "Cluster.spec.kubernetesVersion" in caught.value.seen
    assert "bedplate upgrade cluster" in caught.value.remedy
    assert len(place.made()) == MACHINES
    assert not is_paused(place)


def test_a_second_minor_version_at_once_is_refused_and_after_the_first_it_is_not(place):
    change(place, ('kubernetesVersion: "1.34"', 'kubernetesVersion: "1.36"'))
    with pytest.raises(PreflightFailed) as caught:
        place.upgrade()
    assert "more than one minor version" in caught.value.seen

    change(place, ('kubernetesVersion: "1.36"', 'kubernetesVersion: "1.35"'))
    assert place.upgrade() is RunState.COMPLETED
    change(place, ('kubernetesVersion: "1.35"', 'kubernetesVersion: "1.36"'))
    assert place.upgrade() is RunState.COMPLETED
    assert {version.partition("-")[0] for version in versions(place)} == {"v1.36.0"}
    assert [(r.operation, r.state) for r in place.journal.runs()][-1] == (
        "create", RunState.COMPLETED,
    )  # fmt: skip


def test_the_backup_holds_every_object_and_the_old_specification(place):
    change(place, LARGER)
    place.upgrade(last="backup")

    (etcd,) = (place.folder / "site" / "backups" / "w01").glob("*/etcd")
    kept = json.loads(etcd.read_text())
    kinds_kept = {kind for _, kind, *_ in kept["objects"]}
    assert {"Machine", "KubeadmControlPlane", "Secret", "Node", "Cluster"} <= kinds_kept
    assert len(kept["objects"]) > 100
    before = load_text((etcd.parent / "cluster.yaml").read_text())
    assert {m.spec.memory_mib for m in before.vsphere_machines.values()} == {8192}
    machines = json.loads((etcd.parent / "cluster-api.json").read_text())
    assert sum(one["kind"] == "Machine" for one in machines) == MACHINES
    assert etcd.stat().st_mode & 0o077 == 0


def test_a_backup_that_somebody_damaged_is_taken_again_before_anything_is_changed(place):
    change(place, LARGER)
    place.upgrade(last="backup")
    (etcd,) = (place.folder / "site" / "backups" / "w01").glob("*/etcd")
    etcd.write_text("{}")

    assert place.upgrade() is RunState.COMPLETED

    assert "backup" in place.heard.began
    assert len(json.loads(etcd.read_text())["objects"]) > 100


def test_clusters_that_it_manages_stand_still_meanwhile_and_never_longer(place):
    other = build(kinds.CLUSTER, "w02", {"spec": {}})
    ref = ref_of(kinds.CLUSTER, "w02")
    kube(place).apply(ref, other)
    change(place, LARGER)
    place.world.inject(parse_fault("kube.cluster.apply:KubeadmControlPlane=denied"))

    with pytest.raises(PermanentError):
        place.upgrade()

    assert not objects.flag(kube(place).get(ref), "spec", "paused")
    assert PAUSED_FOR not in objects.annotations_of(kube(place).get(ref))
    assert any("w01 itself stays paused" in text for text in place.heard.texts)
    place.world.clear_faults()
    assert place.upgrade() is RunState.COMPLETED
    assert not is_paused(place)
    assert HALF_WAY not in objects.annotations_of(anywhere(place))


def test_a_cluster_that_somebody_else_paused_stays_paused(place):
    ref = ref_of(kinds.CLUSTER, "w02")
    kube(place).apply(ref, build(kinds.CLUSTER, "w02", {"spec": {"paused": True}}))
    change(place, LARGER)

    assert place.upgrade() is RunState.COMPLETED

    assert objects.flag(kube(place).get(ref), "spec", "paused")


@pytest.mark.parametrize("reached", ["backup", "pause", "provider-setup"])
def test_a_failure_before_the_first_machine_leaves_nothing_paused(place, reached):
    change(place, LARGER)
    place.upgrade(last=reached)
    assert not is_paused(place)
    assert place.journal.open_run("w01", "upgrade") is not None


def test_an_upgrade_that_has_changed_nothing_can_be_aborted(place):
    change(place, LARGER)
    place.upgrade(last="pause")

    place.abort(UPGRADE)

    assert place.journal.open_run("w01", "upgrade") is None
    assert not is_paused(place)
    assert len(place.made()) == MACHINES


def test_an_upgrade_that_replaced_machines_cannot_be_aborted_and_goes_on(place):
    change(place, LARGER)
    place.upgrade(last="external-etcd")

    with pytest.raises(Refused) as caught:
        place.abort(UPGRADE)

    assert caught.value.code == "CHANGE_BEGUN"
    assert place.upgrade() is RunState.COMPLETED
    assert len(place.world.virtual_machines()) == MACHINES


def test_a_wrong_specification_is_corrected_in_the_middle_and_the_run_goes_on(place):
    change(place, LARGER)
    place.upgrade(last="control-plane")
    change(place, ("memoryMiB: 16384", "memoryMiB: 12288"))

    assert place.upgrade() is RunState.COMPLETED

    sizes = {
        objects.number(one, "spec", "memoryMiB")
        for one in kube(place).list(Kind(kinds.INFRASTRUCTURE, "VSphereMachine"), names.NAMESPACE)
    }
    assert sizes == {12288}
    assert len([r for r in place.journal.runs() if r.operation == "upgrade"]) == 1


def test_a_create_that_has_not_ended_is_refused_by_name(tmp_path, stages):
    place = Place(tmp_path, stages=stages)
    place.begin("workers")
    with pytest.raises(Refused) as caught:
        place.upgrade()
    assert caught.value.code == "RUN_UNFINISHED"
    assert "bedplate resume" in caught.value.remedy
    place.journal.close()


def test_a_create_of_what_became_of_the_cluster_is_refused_or_finds_nothing_to_do(place):
    created = place.text
    change(place, NEWER)
    place.upgrade()
    assert place.create() is RunState.COMPLETED
    assert place.heard.began == []

    place.text = created
    with pytest.raises(Refused) as caught:
        place.create()
    assert caught.value.code == "CFG_CHANGED_AFTER_END"
    assert "bedplate upgrade cluster -f" in caught.value.remedy


def test_a_create_is_refused_while_an_upgrade_has_not_ended_and_a_delete_ends_it(place):
    change(place, LARGER)
    place.upgrade(last="external-etcd")
    with pytest.raises(Refused) as caught:
        place.create()
    assert caught.value.code == "RUN_UNFINISHED"

    assert place.delete() is RunState.COMPLETED
    assert list(place.world.virtual_machines()) == []
    assert place.journal.open_run("w01", "upgrade") is None


SECOND_GROUP = """    - name: md-1
      count: 1
      kubernetesVersion: '1.34' # its own
      machineGroupRef:
        kind: VSphereMachineConfig
        name: w01-old
"""
END_OF_GROUPS = "  datacenterRef:"


def test_a_worker_group_comes_stays_behind_and_goes(place):
    workers = place.text[place.text.rindex("---\n") :]
    config = workers.replace("  name: w01\n", "  name: w01-old\n")
    change(place, (END_OF_GROUPS, SECOND_GROUP + END_OF_GROUPS))
    place.text += config
    assert place.scale() is RunState.COMPLETED
    assert len(place.world.virtual_machines()) == MACHINES + 1

    change(place, NEWER)
    assert place.upgrade() is RunState.COMPLETED
    assert {version.partition("-")[0] for version in versions(place)} == {"v1.34.4", "v1.35.1"}

    change(place, (SECOND_GROUP, ""), (config, ""))
    assert place.scale() is RunState.COMPLETED
    assert len(place.world.virtual_machines()) == MACHINES
    assert not [m.name for m in place.world.virtual_machines() if "md-1" in m.name]


def deployment(place):
    return kube(place).get(ref_of(kinds.MACHINE_DEPLOYMENT, "w01-md-0"))


def test_the_autoscaler_gets_its_bounds_keeps_its_number_and_loses_them_again(place):
    bounds = "count: 2\n      autoscalingConfiguration:\n        minCount: 1\n        maxCount: 5"
    change(place, ("name: md-0\n      count: 2", f"name: md-0\n      {bounds}"))
    assert place.scale() is RunState.COMPLETED
    marks = objects.annotations_of(deployment(place))
    assert {marks[key] for key in marks if key.endswith(("min-size", "max-size"))} == {"1", "5"}
    assert len(place.world.virtual_machines()) == MACHINES, "its number is what it was"

    kube(place).patch(ref_of(kinds.MACHINE_DEPLOYMENT, "w01-md-0"), {"spec": {"replicas": 3}})
    place.site.open(load_text(place.text)).clock.sleep(300)
    change(place, ("maxCount: 5", "maxCount: 6"))
    assert place.scale() is RunState.COMPLETED
    assert len(place.world.virtual_machines()) == MACHINES + 1

    change(place, (bounds.replace("maxCount: 5", "maxCount: 6"), "count: 2"))
    assert place.scale() is RunState.COMPLETED
    assert not [key for key in objects.annotations_of(deployment(place)) if "autoscaler" in key]
    assert len(place.world.virtual_machines()) == MACHINES
