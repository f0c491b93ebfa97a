"""Restore: what was written before the backup is there again, whatever broke meanwhile."""

import json
import shutil
from dataclasses import replace

import pytest

from bedplate.capi import objects
from bedplate.engine.journal import RunState
from bedplate.errors import BadInput, PermanentError, Refused, TemporaryError
from bedplate.operations import RENEW, RESTORE, SCALE, UPGRADE
from bedplate.phases.upgrade.pausing import HALF_WAY
from bedplate.phases.upgrade.running import anywhere_ref
from bedplate.ports.kube import Reach, Ref
from bedplate.simulation import parse_fault
from tests.laws.restoring import CONFIG_MAP, NAME, SPEC_FILE, TEXT, Restoring
from tests.laws.test_verbs import world_of


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished cluster with one backup, in which more was written since."""
    folder = tmp_path_factory.mktemp("restore") / "here"
    folder.mkdir()
    place = Restoring(folder)
    assert place.create() is RunState.COMPLETED
    place.write("before")
    backup = place.back_up()
    place.kube.delete(Ref(CONFIG_MAP, "default", "before"))
    place.write("after")
    place.journal.close()
    return folder, backup


@pytest.fixture
def place(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "here")
    place = Restoring(tmp_path / "here")
    yield place
    place.journal.close()


@pytest.fixture
def backup(made):
    return made[1]


def fact(place, step):
    (run,) = place.journal.runs(limit=1)
    return json.loads(place.journal.steps(run.id)[step].fact)


def test_a_cluster_whose_etcd_is_lost_has_what_the_backup_has(place, backup):
    place.break_all()
    assert place.kube.reach() is Reach.SILENT

    assert place.restore(backup) is RunState.COMPLETED

    assert place.written() == ["before"]
    found = fact(place, "post-checks")
    assert len(found["nodes"]) == 5
    assert (found["vanished"], found["unowned"], found["changed"]) == ([], [], [])
    assert place.destroyed() == []


def test_a_cluster_that_works_is_taken_back_to_its_backup_too(place, backup):
    assert place.restore(backup) is RunState.COMPLETED
    assert place.written() == ["before"]


def test_a_second_restore_of_the_same_backup_is_a_restore_of_its_own(place, backup):
    place.restore(backup)
    first = fact(place, "preflight")["id"]
    place.write("later")

    assert place.restore(backup) is RunState.COMPLETED

    assert place.written() == ["before"]
    assert fact(place, "preflight")["id"] != first


def test_a_restore_that_broke_goes_on_with_its_own_backup_and_no_other(place, backup):
    place.world.inject(parse_fault("members.restore:*=denied"))
    with pytest.raises(PermanentError):
        place.restore(backup)
    other = f"{backup}-copy"
    folder = place.folder / "site" / "backups" / NAME
    shutil.copytree(folder / backup, folder / other)
    place.world.clear_faults()

    with pytest.raises(Refused) as caught:
        place.restore(other)

    assert caught.value.code == "BACKUP_CHANGED"
    assert place.restore() is RunState.COMPLETED
    assert place.written() == ["before"]


@pytest.mark.parametrize("operation", [UPGRADE, SCALE, RENEW])
def test_nothing_changes_a_cluster_whose_restore_has_not_ended(place, backup, operation):
    place.restore(backup, last="stop")

    with pytest.raises(Refused) as caught, place.session(operation=operation):
        pass

    assert caught.value.code == "TAKEN_OVER"
    assert "bedplate resume" in caught.value.remedy


def test_before_any_data_was_replaced_a_restore_can_be_taken_back(place, backup):
    place.restore(backup, last="stop")
    assert place.kube.reach() is Reach.SILENT

    place.abort(RESTORE)

    assert place.kube.reach() is Reach.ANSWERS
    assert place.written() == ["after"]


def test_once_a_member_has_the_data_a_restore_only_goes_forward(place, backup):
    last = place.planes[-1]
    place.world.inject(parse_fault(f"members.restore:{last}=denied"))
    with pytest.raises(PermanentError):
        place.restore(backup)

    with pytest.raises(Refused) as caught:
        place.abort(RESTORE)

    assert caught.value.code == "RESTORE_BEGUN"
    place.world.clear_faults()
    assert place.restore() is RunState.COMPLETED
    assert place.written() == ["before"]


def test_a_backup_that_somebody_changed_is_refused_before_anything_stops(place, backup):
    file = place.folder / "site" / "backups" / NAME / backup / "etcd"
    file.write_text(file.read_text().replace("before", "behind"))

    with pytest.raises(PermanentError) as caught:
        place.restore(backup)

    assert caught.value.code == "BACKUP_DAMAGED"
    assert place.written() == ["after"]


def test_a_manifest_that_was_made_to_fit_a_changed_file_is_found_out_by_the_journal(place, backup):
    folder = place.folder / "site" / "backups" / NAME / backup
    manifest = json.loads((folder / "backup.json").read_text())
    manifest["files"].pop("etcd")
    (folder / "backup.json").write_text(json.dumps(manifest))

    with pytest.raises(PermanentError) as caught:
        place.restore(backup)

    assert caught.value.code == "BACKUP_DAMAGED"


def test_a_backup_outlives_the_journal(place, backup):
    place.break_all()
    place.journal.close()
    for file in place.folder.glob("journal.sqlite*"):
        file.unlink()
    place = Restoring(place.folder)

    assert place.restore(backup) is RunState.COMPLETED

    assert place.written() == ["before"]


def test_a_backup_of_before_manifests_is_proven_by_the_journal(place, backup):
    folder = place.folder / "site" / "backups" / NAME / backup
    (folder / "backup.json").unlink()
    with pytest.raises(PermanentError) as caught:
        place.restore(backup)
    assert caught.value.code == "BACKUP_DAMAGED"


def test_a_backup_of_another_cluster_of_this_name_is_refused(place, backup):
    file = place.folder / "site" / "backups" / NAME / backup / "backup.json"
    stranger = file.parent.with_name("stranger")
    shutil.copytree(file.parent, stranger)
    manifest = json.loads(file.read_text())
    for change in ({"authority": "0" * 64}, {"cluster": "w09"}):
        (stranger / "backup.json").write_text(json.dumps(manifest | change))
        with pytest.raises(Refused) as caught:
            place.restore("stranger")
        assert caught.value.code == "BACKUP_OTHER"


def test_a_backup_of_another_kubernetes_is_refused(place, backup):
    place.text = TEXT.replace("1.34", "1.35")
    assert place.upgrade() is RunState.COMPLETED

    with pytest.raises(Refused) as caught:
        place.restore(backup)

    assert caught.value.code == "BACKUP_VERSION"
    assert len(place.written()) == 1


def test_no_backup_named_is_answered_with_those_there_are(place, backup):
    with pytest.raises(BadInput) as caught:
        place.restore()

    assert caught.value.code == "BACKUP_UNKNOWN"
    assert backup in caught.value.why


def test_a_machine_that_lets_nobody_in_is_found_before_anything_stops(place, backup):
    place.world.inject(parse_fault(f"members.see:{place.planes[0]}=timeout"))

    with pytest.raises(TemporaryError) as caught:
        place.restore(backup)

    assert caught.value.code == "NET_UNREACHABLE"
    assert place.calls("members.stop") == 0


def test_an_upgrade_that_broke_the_cluster_is_ended_by_going_back_to_its_backup(place):
    place.text = TEXT.replace("memoryMiB: 8192", "memoryMiB: 12288", 1)
    place.world.inject(parse_fault("kube.cluster.apply:KubeadmControlPlane=denied"))
    with pytest.raises(PermanentError):
        place.upgrade()
    place.world.clear_faults()
    place.break_all()

    assert place.restore(place.backups()[-1]) is RunState.COMPLETED

    assert place.written() == ["after"]
    states = {run.operation: run.state for run in place.journal.runs()}
    assert states[UPGRADE.name] is RunState.ABORTED
    found = fact(place, "post-checks")
    assert found["paused"] is False
    assert any("memoryMiB" in field for field in found["changed"])
    marks = objects.annotations_of(place.kube.get(anywhere_ref(place.spec)))
    assert HALF_WAY not in marks


def test_machines_that_came_and_went_since_the_backup_are_named_and_left_alone(place, backup):
    place.text = TEXT.replace("count: 2\n      machineGroupRef", "count: 3\n      machineGroupRef")
    assert place.text != TEXT
    assert place.scale() is RunState.COMPLETED
    (new,) = set(place.made()) - set(_machines(place, backup))
    gone = next(name for name in _machines(place, backup) if "-md-" in name)
    place.world.destroy_vm(gone)
    place.break_all()

    assert place.restore(backup) is RunState.COMPLETED

    found = fact(place, "post-checks")
    assert found["vanished"] == [gone]
    assert found["unowned"] == [new]
    assert new in [one.name for one in place.world.virtual_machines()]


def _machines(place, backup):
    file = place.folder / "site" / "backups" / NAME / backup / "cluster-api.json"
    return [
        one["metadata"]["name"] for one in json.loads(file.read_text()) if one["kind"] == "Machine"
    ]


def test_external_etcd_is_refused_with_what_to_read(tmp_path):
    place = Restoring(tmp_path, (SPEC_FILE.parents[0] / "vsphere-standalone.yaml").read_text())

    with pytest.raises(Refused) as caught:
        place.restore("any")

    assert caught.value.code == "RESTORE_UNSUPPORTED"
    place.journal.close()


def test_looking_changes_nothing_at_any_stage_of_a_restore(place, backup):
    for reached in RESTORE.steps[:-1]:
        place.restore(backup, last=reached.name)
        before = world_of(place.folder)
        with place.session(operation=RESTORE) as session:
            session.plan()
        assert world_of(place.folder) == before, f"looking after {reached.name} changed something"
    assert place.restore() is RunState.COMPLETED


def test_each_step_run_twice_is_the_same_as_run_once(place, backup):
    session = place.session(operation=RESTORE)
    session.request = replace(session.request, backup=backup)
    with session:
        session.plan()
        session.reopened = frozenset(step.name for step in RESTORE.steps)
        for step in RESTORE.steps:
            first = session.attempt(step).fact
            second = session.attempt(step).fact
            drop = {"age"}  # time has passed
            assert second.model_dump(exclude=drop) == first.model_dump(exclude=drop), step.name
        session.end(RunState.COMPLETED)
    assert place.written() == ["before"]
    assert place.destroyed() == []


def test_a_cluster_whose_webhooks_are_late_is_waited_for(place, backup):
    place.world.inject(parse_fault("kube.cluster.list:*Machine*=500x6"))

    assert place.restore(backup) is RunState.COMPLETED
    assert place.world.faults() == []
