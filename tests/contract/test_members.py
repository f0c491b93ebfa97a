"""What every site's `Members` keeps to: stopped, given other data, started, and each step once."""

import pytest

from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, TemporaryError
from bedplate.phases.restoration.machines import machines_among
from bedplate.ports.kube import Reach, Side
from bedplate.ports.members import MemberMachine, MemberState, Restoration
from tests.laws.restoring import NAME, Restoring


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("members")
    place = Restoring(folder)
    assert place.create() is RunState.COMPLETED
    place.journal.close()
    return folder


@pytest.fixture
def ports(folder):
    place = Restoring(folder)
    yield place.site.open(place.spec)
    place.journal.close()


@pytest.fixture
def machines(folder, ports):
    spec = Restoring(folder).spec
    found = machines_among(spec, ports.vcenter.virtual_machines(f"{NAME}-"))
    yield found
    for one in found:
        ports.members.start(one)


def stopped(ports, machines):
    for one in machines:
        ports.members.stop(one)
    while any(ports.members.see(one).state is not MemberState.STOPPED for one in machines):
        ports.clock.sleep(1)


def restoration(ports, machines, identity):
    ports.backups.save_etcd(f"{identity}/etcd")
    peers = {member.name: member.peer for member in map(ports.members.see, machines)}
    return Restoration(identity, ports.backups.look(f"{identity}/etcd"), peers)


def test_members_say_who_they_are_and_find_each_other_healthy(ports, machines):
    members = [ports.members.see(one) for one in machines]

    assert [one.name for one in members] == [one.name for one in machines]
    assert all(
        one.peer == f"https://{m.addresses[0]}:2380"
        for one, m in zip(members, machines, strict=True)
    )
    assert {one.state for one in members} == {MemberState.RUNNING}
    assert all(one.kubernetes.startswith("v1.") and one.authority for one in members)
    assert list(ports.members.healthy(machines[0])) == sorted(one.name for one in members)


def test_a_stopped_control_plane_is_silent_until_it_is_started(ports, machines):
    kube = ports.kube[Side.CLUSTER]
    stopped(ports, machines)
    assert kube.reach() is Reach.SILENT
    assert list(ports.members.healthy(machines[0])) == []

    for one in machines:
        ports.members.start(one)
        ports.members.start(one)

    assert kube.reach() is Reach.ANSWERS


def test_a_member_that_runs_keeps_its_data(ports, machines):
    wanted = restoration(ports, machines, "first")

    with pytest.raises(PermanentError) as caught:
        ports.members.restore(machines[0], wanted)

    assert caught.value.code == "MEMBER_RUNNING"
    assert ports.members.see(machines[0]).restored == ""


def test_members_with_the_same_new_data_serve_and_a_minority_of_them_does_not(ports, machines):
    wanted = restoration(ports, machines, "second")
    stopped(ports, machines)
    for one in machines:
        ports.members.restore(one, wanted)
        ports.members.restore(one, wanted)
        assert ports.members.see(one).restored == "second"

    ports.members.start(machines[0])
    assert ports.kube[Side.CLUSTER].reach() is Reach.SILENT
    for one in machines[1:]:
        ports.members.start(one)

    assert ports.kube[Side.CLUSTER].reach() is Reach.ANSWERS


def test_a_machine_that_is_not_there_is_unreachable(ports):
    with pytest.raises(TemporaryError) as caught:
        ports.members.see(MemberMachine("w01-zzzzz", "no-such-uuid", ("198.19.255.1",)))

    assert caught.value.code == "MACHINE_UNREACHABLE"
