"""The members of a control plane, worked on through a real sshd and a real shell."""

import hashlib
import json
from dataclasses import replace

import pytest

from bedplate.adapters.members import LiveMembers, Login, Ssh
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.backups import Backup
from bedplate.ports.members import MemberMachine, MemberState, Restoration
from bedplate.providers.keys import make_private_key
from bedplate.providers.provider import KeyAlgorithm
from lab.ports import free_port
from tests.sshd import NAME, PEER, SNAPSHOT, UUID, serving

DIGEST = hashlib.sha256(SNAPSHOT).hexdigest()
PEERS = {NAME: PEER, "w01-fghij": "https://198.18.3.5:2380"}


def restoration(plane, digest=DIGEST):
    where = str(plane.folder / "snapshot")
    return Restoration("restore-1", Backup(where, len(SNAPSHOT), digest), PEERS)


@pytest.fixture
def stopped(plane):
    plane.members().stop(plane.machine)
    plane.processes()
    return plane


def test_a_member_is_seen_as_its_manifests_and_processes_are(plane):
    seen = plane.members().see(plane.machine)

    assert (seen.name, seen.peer, seen.kubernetes) == (NAME, PEER, "v1.34.1-eks-1-34-9")
    assert seen.authority.startswith("-----BEGIN CERTIFICATE-----\n")
    assert (seen.state, seen.restored) == (MemberState.RUNNING, "")


def test_a_member_stops_when_its_processes_have_ended_and_starts_as_it_was(plane):
    members, machine = plane.members(), plane.machine
    before = members.see(machine)

    members.stop(machine)
    members.stop(machine)
    assert members.see(machine).state is MemberState.STOPPING
    plane.processes()
    assert members.see(machine).state is MemberState.STOPPED
    assert members.see(machine).name == NAME
    members.start(machine)
    members.start(machine)

    assert members.see(machine) == before


def test_a_snapshot_becomes_the_data_and_what_was_there_stays_beside_it(stopped):
    stopped.members().restore(stopped.machine, restoration(stopped))

    assert (stopped.data / "member" / "snap" / "db").read_bytes() == SNAPSHOT
    before = stopped.data.with_name("etcd.before-restore-1")
    assert (before / "member" / "old").read_text() == "what was there before"
    assert stopped.members().see(stopped.machine).restored == "restore-1"
    left = {one.name for one in stopped.data.parent.iterdir()}
    assert left == {"etcd", "etcd.before-restore-1", "etcd.bedplate-lock"}
    (call,) = stopped.calls
    for word in (
        f"--name {NAME}", f"--initial-advertise-peer-urls {PEER}", "--initial-cluster-token",
        f"--initial-cluster {NAME}={PEER},w01-fghij=https://198.18.3.5:2380",
        "--bump-revision 1000000000 --mark-compacted",
    ):  # fmt: skip
        assert word in call


def test_a_snapshot_is_restored_once(stopped):
    for _ in range(2):
        stopped.members().restore(stopped.machine, restoration(stopped))

    assert len(stopped.calls) == 1
    assert (stopped.data.with_name("etcd.before-restore-1") / "member" / "old").exists()


def test_a_restore_that_was_cut_off_between_both_renames_goes_on(stopped):
    stopped.members().restore(stopped.machine, restoration(stopped))
    stopped.data.rename(stopped.data.with_name("etcd.new-restore-1"))

    stopped.members().restore(stopped.machine, restoration(stopped))

    assert len(stopped.calls) == 1
    assert (stopped.data / "member" / "snap" / "db").read_bytes() == SNAPSHOT


def test_a_restore_that_was_cut_off_in_the_middle_begins_again(stopped):
    (stopped.folder / "broken").touch()
    with pytest.raises(PermanentError) as caught:
        stopped.members().restore(stopped.machine, restoration(stopped))
    assert caught.value.code == "MACHINE_COMMAND"
    assert "no disk" in caught.value.seen
    (stopped.folder / "broken").unlink()
    stopped.data.with_name("etcd.new-restore-1").mkdir()

    stopped.members().restore(stopped.machine, restoration(stopped))

    assert stopped.members().see(stopped.machine).restored == "restore-1"


def test_a_member_that_lost_its_whole_folder_gets_one(stopped):
    (stopped.data / "member" / "old").unlink()
    (stopped.data / "member").rmdir()
    stopped.data.rmdir()

    stopped.members().restore(stopped.machine, restoration(stopped))

    assert (stopped.data / "member" / "snap" / "db").exists()


def test_a_member_that_runs_is_left_alone(plane):
    with pytest.raises(PermanentError) as caught:
        plane.members().restore(plane.machine, restoration(plane))

    assert caught.value.code == "MEMBER_RUNNING"
    assert (plane.data / "member" / "old").exists()
    assert plane.calls == []


def test_a_snapshot_that_is_another_than_what_was_kept_is_not_restored(stopped):
    with pytest.raises(PermanentError) as caught:
        stopped.members().restore(stopped.machine, restoration(stopped, "0" * 64))

    assert caught.value.code == "MACHINE_COMMAND"
    assert stopped.calls == []


def test_a_machine_without_a_program_that_restores_gets_the_one_that_is_named(stopped):
    tool = stopped.folder / "root" / "usr" / "local" / "bin" / "etcdutl"
    tool.rename(stopped.folder / "etcdutl")
    with pytest.raises(PermanentError) as caught:
        stopped.members().restore(stopped.machine, restoration(stopped))
    assert caught.value.code == "ETCD_TOOL"

    members = stopped.members(etcdutl=str(stopped.folder / "etcdutl"))
    members.restore(stopped.machine, restoration(stopped))

    assert members.see(stopped.machine).restored == "restore-1"


def test_two_at_once_are_not_in_each_others_way(plane):
    import fcntl

    with (plane.data.with_name("etcd.bedplate-lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(TemporaryError) as caught:
            plane.members().stop(plane.machine)

    assert caught.value.code == "MACHINE_BUSY"


def test_healthy_members_are_named_as_etcd_does(plane):
    urls = {name: [f"https://{name}:2379"] for name in ("b", "a", "c")}
    members = [{"name": name, "clientURLs": urls[name]} for name in urls]
    health = [{"endpoint": urls[name][0], "health": name != "c"} for name in urls]
    (plane.folder / "members.json").write_text(json.dumps({"members": members}) + "\n")
    (plane.folder / "health.json").write_text(json.dumps(health) + "\n")

    assert plane.members().healthy(plane.machine) == ("a", "b")


def test_etcd_that_does_not_answer_has_no_healthy_members(plane):
    assert plane.members().healthy(plane.machine) == ()


def test_a_machine_without_etcd_is_no_member(plane):
    (plane.folder / "kubernetes" / "manifests" / "etcd.yaml").unlink()

    with pytest.raises(PermanentError) as caught:
        plane.members().see(plane.machine)

    assert caught.value.code == "MEMBER_UNKNOWN"


# -- the way there -------------------------------------------------------------------------------


def test_the_second_address_is_tried_where_the_first_leads_nowhere(plane):
    machine = MemberMachine(NAME, UUID, ("127.0.0.2", "127.0.0.1"))

    assert plane.members().see(machine).name == NAME


def test_a_machine_that_does_not_answer_is_named_with_the_reason(plane):
    login = Login("nobody", plane.key)
    ssh = Ssh("ssh", plane.folder / "ssh", lambda: login, port=free_port())

    with pytest.raises(TemporaryError) as caught:
        LiveMembers(ssh).see(plane.machine)

    assert caught.value.code == "MACHINE_UNREACHABLE"
    assert "127.0.0.1" in caught.value.seen
    with pytest.raises(TemporaryError) as caught:
        LiveMembers(ssh).see(MemberMachine(NAME, UUID, ()))
    assert "no address" in caught.value.seen


def test_another_key_is_not_let_in_and_no_key_stays_behind(plane):
    other = plane.ssh(key=make_private_key(KeyAlgorithm.ED25519))

    with pytest.raises(PermanentError) as caught:
        plane.members(ssh=other).see(plane.machine)

    assert caught.value.code == "AUTH_DENIED"
    assert {one.name for one in (plane.folder / "ssh").iterdir()} <= {"known_hosts"}


def test_a_host_key_is_known_by_the_machine_and_a_changed_one_is_refused(plane):
    plane.members().see(plane.machine)
    assert plane.known_hosts.startswith(f"{UUID.lower()} ")
    again = replace(plane, port=free_port())

    with serving(again):
        with pytest.raises(PermanentError) as caught:
            again.members().see(plane.machine)
        renewed = MemberMachine("w01-fghij", UUID.replace("1", "2"), ("127.0.0.1",))
        assert again.members().see(renewed).name == NAME

    assert caught.value.code == "MACHINE_CHANGED"


def test_a_command_has_an_end(plane):
    with pytest.raises(TemporaryError) as caught:
        plane.ssh().run(plane.machine, "sleep 30", seconds=0.5)

    assert caught.value.code == "MACHINE_UNREACHABLE"
    assert "did not end" in caught.value.seen


def test_a_program_that_is_missing_is_named(plane):
    ssh = Ssh("no-such-ssh", plane.folder / "ssh", lambda: Login("root", None))

    with pytest.raises(PermanentError) as caught:
        ssh.run(plane.machine, "true", seconds=5)

    assert caught.value.code == "PROGRAM_MISSING"
