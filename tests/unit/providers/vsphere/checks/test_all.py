"""All checks of vSphere together: their order, their grounds, and that none changes anything."""

from bedplate.checks.running import State, run_checks
from bedplate.providers.vsphere.checks import vsphere_checks
from bedplate.simulation.faults import Fault
from tests.unit.providers.vsphere.checks.stages import datacenter, machines

ARTICLE = [
    "Connected to server",
    "Authenticated to vSphere",
    "",
    "Datacenter validated",
    "Network validated",
    *(["Datastore validated", "Folder validated", "Resource pool validated"] * 3),
    "Control plane and Workload templates validated",
]


def states(results):
    return {result.check.name: result.state for result in results}


def test_the_example_is_found_ready(look):
    results = look.all()
    assert [r for r in results if r.state is not State.PASSED] == []


def test_eks_anywheres_lines_come_first_and_in_its_order(look):
    lines = [check.line for check in vsphere_checks(look.spec())]
    assert lines[: len(ARTICLE)] == ARTICLE
    assert all(lines[len(ARTICLE) :])


def test_checks_change_nothing(look):
    scene = look.scene(look.spec())
    before = scene.inventory()
    look.all(machines(folder="/DC0/vm/new"))
    assert look.scene(look.spec()).inventory() == before


def test_without_a_login_nothing_is_told_of_the_inventory_but_the_rest_is_looked_at(look):
    look.stage.place.world.taken_address("198.18.0.10")
    scene = look.scene(look.spec())
    scene.vcenter._vault.put("vcenter/password", "guess")
    results = run_checks(vsphere_checks(look.spec()), scene)
    found = states(results)

    assert found["vcenter-server"] is State.PASSED
    assert found["vcenter-login"] is State.FAILED
    assert found["datacenter"] is found["capacity"] is State.NOT_LOOKED_AT
    assert {r.ground for r in results if r.state is State.NOT_LOOKED_AT} == {"vcenter-login"}
    assert "guess" not in str(results)
    endpoint = [r.state for r in results if r.check.name == "control-plane-ip"]
    assert endpoint == [State.FAILED, State.NOT_LOOKED_AT]


def test_nobody_logs_in_to_a_server_that_is_not_the_pinned_one(look):
    results = look.all(datacenter(thumbprint="AA:" * 19 + "AA"))
    found = states(results)
    assert found["vcenter-server"] is State.FAILED
    assert found["vcenter-login"] is State.NOT_LOOKED_AT
    assert {r.ground for r in results if r.state is State.NOT_LOOKED_AT} == {"vcenter-server"}


def test_a_vcenter_that_does_not_answer_is_no_verdict(look):
    look.stage.world.inject(Fault("vcenter", "about", "", "timeout"))
    results = look.all()
    assert results[0].unanswered.code == "NET_UNREACHABLE"
    assert states(results)["vcenter-login"] is State.NOT_LOOKED_AT
    assert states(results)["vcenter-dns"] is State.PASSED


def test_a_check_is_skipped_by_its_name_and_nothing_else_is(look):
    look.stage.deny("/", "Sessions.ValidateSession")
    results = look.all(skipped=["vsphere-user-privilege", "datastore"])
    skipped = [r.check.name for r in results if r.state is State.SKIPPED]
    assert skipped == ["datastore"] * 3 + ["vsphere-user-privilege"]
    assert {r.state for r in results} == {State.SKIPPED, State.PASSED}


def test_one_failure_stops_no_other_check(look):
    look.stage.datastore(10)
    wrong = machines("w01-etcd", folder="/DC9/vm/w01"), machines("w01", template="/DC0/vm/None")
    results = look.all(*wrong, datacenter(datacenter="DC0", network="/DC0/network/None"))
    failed = [r.check.name for r in results if r.state is State.FAILED]
    assert failed == ["network", "folder", "templates", "capacity"]
    assert State.NOT_LOOKED_AT not in states(results).values()
