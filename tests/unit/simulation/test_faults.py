"""Faults: calls that fail as told, and a world that breaks."""

import pytest

from bedplate.errors import BadInput, PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Reach, Ref, Side
from bedplate.ports.vcenter import Inventory
from bedplate.simulation import Fault, SimulatedSite, parse_fault
from bedplate.simulation.faults import PORTS, methods_of
from bedplate.spec import load_text
from tests.unit.simulation.yard import (
    DEPLOYMENT,
    MACHINE,
    NAMESPACE,
    NODE,
    PROVIDERS,
    VSPHERE_VM,
    condition,
    namespace,
)

REF = Ref(Kind("v1", "ConfigMap"), NAMESPACE, "one")
OBJECT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "one", "namespace": NAMESPACE},
}


@pytest.fixture
def begun(yard):
    yard.bring_bootstrap()
    return yard


# -- calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        ("409", TemporaryError, "CONFLICT"),
        ("429", TemporaryError, "RATE_LIMITED"),
        ("500", TemporaryError, "API_UNAVAILABLE"),
        ("full", TemporaryError, "API_UNAVAILABLE"),
        ("timeout", TemporaryError, "NET_UNREACHABLE"),
        ("denied", PermanentError, "AUTH_DENIED"),
    ],
)
def test_a_call_fails_as_often_as_told(begun, error, raised, code):
    begun.world.inject(Fault("kube.bootstrap", "apply", error=error, times=2))
    for _ in range(2):
        with pytest.raises(raised) as caught:
            begun.bootstrap.apply(REF, OBJECT)
        assert caught.value.code == code
        assert caught.value.remedy
    assert begun.bootstrap.get(REF) is None
    begun.bootstrap.apply(REF, OBJECT)
    assert begun.bootstrap.get(REF) is not None


def test_a_call_without_an_answer_takes_half_a_minute(begun):
    begun.world.inject(Fault("kube.bootstrap", "get", error="timeout", times=1))
    before = begun.world.now()
    with pytest.raises(TemporaryError):
        begun.bootstrap.get(REF)
    assert begun.world.now() == before + 30


def test_a_lost_answer_leaves_the_effect(begun):
    begun.world.inject(Fault("kube.bootstrap", "apply", error="lost", times=1))
    with pytest.raises(TemporaryError) as caught:
        begun.bootstrap.apply(REF, OBJECT)
    assert caught.value.code == "NET_UNREACHABLE"
    assert begun.bootstrap.get(REF) is not None


def test_a_lie_says_that_nothing_is_there(begun):
    begun.bootstrap.apply(REF, OBJECT)
    for port, method in (
        ("kube.bootstrap", "get"),
        ("kube.bootstrap", "list"),
        ("kube.bootstrap", "reach"),
        ("kind", "exists"),
        ("vcenter", "look"),
    ):
        begun.world.inject(Fault(port, method, error="lie", times=1))
    calls = (
        lambda: begun.bootstrap.get(REF),
        lambda: begun.bootstrap.list(REF.kind, NAMESPACE),
        lambda: begun.bootstrap.reach() is Reach.ANSWERS,
        lambda: begun.ports.bootstrap.exists(begun.kind_name),
        lambda: begun.ports.vcenter.look().find(Inventory.DATACENTER, "DC0"),
    )
    assert [bool(call()) for call in calls] == [False] * 5
    assert [bool(call()) for call in calls] == [True] * 5


def test_reach_never_raises(begun):
    begun.world.inject(Fault("kube.bootstrap", "reach", error="500", times=1))
    assert begun.bootstrap.reach() is Reach.SILENT


@pytest.mark.parametrize(
    ("match", "meant"),
    [("", True), ("ConfigMap", True), ("one", True), ("ConfigMap */o*", True), ("Secret", False)],
)
def test_a_fault_may_mean_some_objects_only(begun, match, meant):
    begun.world.inject(Fault("kube.bootstrap", "get", match, "500", 1))
    if not meant:
        begun.bootstrap.get(REF)
        return
    with pytest.raises(TemporaryError):
        begun.bootstrap.get(REF)


def test_other_ports_are_spared(begun):
    begun.world.inject(Fault("kube.cluster", "*", error="500"))
    assert begun.bootstrap.get(REF) is None
    with pytest.raises(TemporaryError):
        begun.cluster.list(NODE)


def test_a_fault_without_a_number_stays_until_it_is_cleared(begun):
    begun.world.inject(Fault("git", "*", error="timeout"))
    for _ in range(3):
        with pytest.raises(TemporaryError) as caught:
            begun.ports.git.head("ssh://git@example.com/a.git", "main")
        assert caught.value.code == "GIT_UNREACHABLE"
    assert begun.world.faults() == [Fault("git", "*", error="timeout")]
    begun.world.clear_faults("git")
    assert begun.world.faults() == []
    assert begun.ports.git.head("ssh://git@example.com/a.git", "main") is None


def test_a_fault_injected_by_one_process_happens_to_another(begun, spec):
    begun.world.inject(Fault("kind", "exists", error="500", times=1))
    other = SimulatedSite(begun.site.state).open(spec)
    with pytest.raises(TemporaryError):
        other.bootstrap.exists(begun.kind_name)


def test_a_configured_fault_happens_once_however_often_the_site_is_opened(tmp_path, spec):
    def opened():
        return SimulatedSite(tmp_path / "site", faults=["vcenter.login=500x1"]).open(spec)

    with pytest.raises(TemporaryError):
        opened().vcenter.login()
    assert opened().vcenter.login()


# -- the text form -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("kube.bootstrap.apply=429", Fault("kube.bootstrap", "apply", "", "429")),
        (
            "kube.cluster.create:Machine eksa-system/w01-*=409x3",
            Fault("kube.cluster", "create", "Machine eksa-system/w01-*", "409", 3),
        ),
        ("vcenter.*=denied", Fault("vcenter", "*", "", "denied")),
        ("world.never_joins:w01-md-0", Fault("world", "never_joins", "w01-md-0")),
        ("world.taken_address:198.18.0.10", Fault("world", "taken_address", "198.18.0.10")),
    ],
)
def test_a_text_names_a_fault(text, fault):
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "kube.bootstrap.apply",
        "git.head=418",
        "world.flood",
        "git.head=500x0",
        "vcenter.find=500",
        "vcenter.loo*=500",
        "kube.elsewhere.get=500",
        "clock.now=500",
    ],
)
def test_a_text_that_names_none_is_refused_with_what_there_is(text):
    with pytest.raises(BadInput) as caught:
        parse_fault(text)
    assert caught.value.code == "FAULT_UNKNOWN"
    assert "never_joins" in caught.value.remedy


def test_an_unknown_method_is_refused_with_the_methods_that_the_port_has():
    with pytest.raises(BadInput, match="vcenter has no method 'find'") as caught:
        parse_fault("vcenter.find=500")
    for method in ("about", "look", "virtual_machines", "import_template", "*"):
        assert method in caught.value.remedy
    assert "dry_run" not in caught.value.remedy


def test_an_unknown_port_is_refused_with_the_ports_that_there_are():
    with pytest.raises(BadInput, match="there is no port 'kube'") as caught:
        parse_fault("kube.get=500")
    for port in ("kube.bootstrap", "kube.cluster", "vcenter", "components"):
        assert port in caught.value.remedy


def test_every_method_of_every_port_can_fail(yard):
    kube = yard.ports.kube
    name = yard.spec.name
    own, other = (f"managementCluster:\n    name: {one}" for one in (name, "mgmt"))
    managed = load_text(yard.spec.dump().replace(own, other))
    ports = {
        "kube.bootstrap": kube[Side.BOOTSTRAP],
        "kube.cluster": kube[Side.CLUSTER],
        "kube.management": yard.site.open(managed).kube[Side.MANAGEMENT],
        "kind": yard.ports.bootstrap,
        "vcenter": yard.ports.vcenter,
        "network": yard.ports.network,
        "host": yard.ports.host,
        "git": yard.ports.git,
        "vault": yard.ports.vault,
        "files": yard.ports.files,
        "components": yard.ports.components,
        "backups": yard.ports.backups,
        "members": yard.ports.members,
    }
    assert set(ports) == set(PORTS)
    for label, port in ports.items():
        for method in methods_of(label) - {"reach"}:
            yard.world.inject(parse_fault(f"{label}.{method}=deniedx1"))
            with pytest.raises(PermanentError):
                getattr(port, method)()
    assert yard.world.faults() == []


@pytest.mark.parametrize(
    "text",
    ["git.head=500", "kube.cluster.get:Machine a/w01-*=409x3", "world.silence:w01", "kind.*=full"],
)
def test_a_fault_is_written_as_it_is_read(text):
    assert str(parse_fault(text)) == text


# -- the world -----------------------------------------------------------------------------------


def test_a_stopped_bootstrap_cluster_is_silent_and_comes_back(begun):
    begun.bootstrap.apply(REF, OBJECT)
    begun.world.stop_bootstrap()
    assert begun.bootstrap.reach() is Reach.SILENT
    assert begun.ports.bootstrap.exists(begun.kind_name)
    with pytest.raises(TemporaryError):
        begun.bootstrap.get(REF)
    begun.world.start_bootstrap(begun.kind_name)
    assert begun.bootstrap.get(REF) is not None


def test_nothing_goes_on_while_the_bootstrap_cluster_is_stopped(begun):
    begun.install(begun.bootstrap, *PROVIDERS)
    begun.order()
    begun.sleep(1)
    begun.world.stop_bootstrap()
    begun.sleep(3600)
    assert len(begun.made()) == 1
    begun.world.start_bootstrap()
    begun.sleep(600)
    assert len(begun.made()) == 5


def test_a_lost_bootstrap_cluster_is_gone_with_everything_but_the_machines(grown):
    grown.world.lose_bootstrap("another")
    assert grown.world.bootstrap_clusters() == [grown.kind_name]
    grown.world.lose_bootstrap(grown.kind_name)
    assert grown.bootstrap.reach() is Reach.ABSENT
    assert not grown.ports.bootstrap.exists(grown.kind_name)
    assert len(grown.ports.vcenter.virtual_machines("w01-")) == 7
    assert grown.destroyed() == []


def test_a_destroyed_virtual_machine_is_missed_but_not_made_again(grown):
    name = grown.machines(deployment_name="w01-md-0")[0]["metadata"]["name"]
    grown.world.destroy_vm(name)
    grown.sleep(600)
    assert condition(grown.get(VSPHERE_VM, name), "Ready") == "False"
    assert condition(grown.cluster.get(Ref(NODE, "", name)), "Ready") == "Unknown"
    assert len(grown.made()) == 7


def test_a_cluster_without_control_plane_machines_falls_silent(grown):
    for machine in grown.machines(control_plane=""):
        grown.world.destroy_vm(machine["metadata"]["name"])
    assert grown.cluster.reach() is Reach.SILENT


def test_a_machine_that_is_switched_off_is_switched_on_again(grown):
    names = [m["metadata"]["name"] for m in grown.machines(control_plane="")]
    for name in names:
        grown.world.power_vm(name, on=False)
    assert grown.cluster.reach() is Reach.SILENT
    grown.sleep(60)
    assert grown.cluster.reach() is Reach.ANSWERS
    events = [(e.event, e.name) for e in grown.world.vm_events()][7:]
    assert sorted(events[:2]) == [("powered off", name) for name in sorted(names)]
    assert sorted(events[2:]) == [("powered on", name) for name in sorted(names)]


def test_a_machine_that_never_joins_boots_and_waits_until_the_fault_is_cleared(begun):
    begun.install(begun.bootstrap, *PROVIDERS)
    begun.world.machine_never_joins("w01-etcd-")
    begun.order()
    begun.sleep(3600)
    (machine,) = begun.machines()
    assert machine["status"]["phase"] == "Provisioned"
    begun.world.clear_faults()
    begun.sleep(600)
    assert len(begun.machines()) == 5


def test_an_address_that_is_taken_answers(begun):
    assert begun.ports.network.answers("198.18.0.10", (6443, 22)) == []
    begun.world.taken_address("198.18.0.10")
    assert "tcp 6443 connected" in begun.ports.network.answers("198.18.0.10", (6443, 22))


def test_a_clusters_own_address_says_whose_it_is(grown):
    (evidence, _) = grown.ports.network.answers("198.18.0.10", (6443, 22))
    machines = grown.ports.vcenter.virtual_machines("w01-")
    (holder,) = [machine for machine in machines if "198.18.0.10" in machine.addresses]
    assert holder.name in evidence


def test_a_silenced_cluster_answers_nobody_until_the_fault_is_cleared(grown):
    grown.world.silence_cluster("w01")
    assert grown.cluster.reach() is Reach.SILENT
    with pytest.raises(TemporaryError):
        grown.cluster.list(NODE)
    grown.world.clear_faults()
    assert grown.cluster.reach() is Reach.ANSWERS


def test_a_full_datastore_makes_no_machine_until_there_is_room(begun):
    begun.install(begun.bootstrap, *PROVIDERS)
    begun.world.limit("/DC0/datastore/LocalDS_0", 30)
    begun.order()
    begun.sleep(600)
    assert len(begun.made()) == 1
    waiting = [m["metadata"]["name"] for m in begun.machines() if "providerID" not in m["spec"]]
    said = begun.get(VSPHERE_VM, waiting[0])["status"]["conditions"][0]
    assert "insufficient disk space" in said["message"]
    begun.world.limit("/DC0/datastore/LocalDS_0", 3000)
    begun.sleep(600)
    assert len(begun.made()) == 5


def test_wrong_credentials_in_the_secret_keep_the_infrastructure_from_being_ready(begun):
    begun.install(begun.bootstrap, *PROVIDERS)
    begun.order()
    ref = Ref(Kind("v1", "Secret"), NAMESPACE, "w01-vsphere-credentials")
    right = begun.bootstrap.get(ref)["data"]
    begun.bootstrap.patch(ref, {"data": {"password": "d3Jvbmc="}})
    begun.sleep(300)
    assert begun.bootstrap.list(MACHINE) == []
    begun.bootstrap.patch(ref, {"data": right})
    begun.sleep(300)
    assert begun.bootstrap.list(MACHINE) != []


def test_a_namespace_with_controllers_can_be_taken_away(begun):
    begun.install(begun.bootstrap, *PROVIDERS)
    begun.bootstrap.delete(Ref(Kind("v1", "Namespace"), "", "capv-system"))
    begun.sleep(10)
    assert not begun.bootstrap.list(DEPLOYMENT, "capv-system")
    begun.apply(begun.bootstrap, namespace("capv-system"))


def test_both_sides_are_told_apart(begun):
    assert begun.ports.kube[Side.BOOTSTRAP].reach() is Reach.ANSWERS
    assert begun.ports.kube[Side.CLUSTER].reach() is Reach.ABSENT
