"""The preflight phase: all checks, all failures at once, then the key."""

from dataclasses import replace

import pytest

from bedplate import facts
from bedplate.errors import Owner, PreflightFailed, TemporaryError
from bedplate.phases.preflight import Preflight, checks_of
from bedplate.simulation import arrangement, parse_fault
from bedplate.simulation.host import USUAL, set_up_host
from bedplate.simulation.inventory import DATASTORE
from tests.unit.checks.place import spec_of
from tests.unit.phases.setting import GIVEN, Setting
from tests.unit.providers.vsphere.checks.stages import datacenter, machines

KEY = "w01/ssh-private-key"
PHASE = Preflight()


@pytest.fixture
def here(tmp_path):
    return Setting(tmp_path, spec_of())


def passed(here):
    fact = PHASE.verify(GIVEN, here.tools)
    assert isinstance(fact, facts.Preflight)
    return fact


def test_what_passed_is_the_fact_and_nothing_is_made_but_the_key(here):
    before = here.tools.ports.vcenter.look()
    assert PHASE.run(GIVEN, here.tools) is None
    fact = passed(here)

    assert set(fact.passed) == {check.name for check in checks_of(here.spec)}
    assert fact.warnings == ()
    assert here.tools.ports.vault.get(KEY)
    assert here.tools.ports.vcenter.look() == before
    assert here.said[-2:] == [
        "✅ Vsphere Provider setup is valid",
        "✅ Create preflight validations pass",
    ]
    assert any("'ssh -i" in line and "capv@<VM-IP-Address>" in line for line in here.said)


def test_generic_checks_come_before_the_last_line_and_the_key_after_all_checks(here):
    PHASE.run(GIVEN, here.tools)
    key = next(i for i, line in enumerate(here.said) if "auto-generating" in line)
    assert here.said.index("✅ Pod and service networks validated") < key
    assert here.said.index("✅ Docker version validated") < key


def test_it_is_never_found_done(here):
    PHASE.run(GIVEN, here.tools)
    assert PHASE.check(GIVEN, here.tools) is None


def test_every_failure_is_told_at_once_and_no_key_is_made(here):
    here.world.limit(DATASTORE, 10)
    here.world.taken_address("198.18.0.10")
    set_up_host(here.world, replace(USUAL, version="19.3"))
    with pytest.raises(PreflightFailed) as caught:
        PHASE.run(GIVEN, here.tools)
    error = caught.value
    assert error.seen.startswith("3 of the checks failed\n")
    for name in ("capacity: ", "control-plane-ip: ", "docker-version: "):
        assert f"\n{name}" in error.seen
        assert name in error.remedy
    assert error.owner is Owner.VSPHERE
    assert here.tools.ports.vault.get(KEY) is None
    assert any(line.startswith("❌ capacity: ") for line in here.said)
    assert "✅ Create preflight validations pass" not in here.said


def test_warnings_are_in_the_fact_and_stop_nothing(here):
    loose = spec_of(datacenter(thumbprint="", insecure=True))
    PHASE.run(GIVEN, here.with_spec(loose).tools)
    (warning,) = passed(here.with_spec(loose)).warnings
    assert warning.startswith("vcenter-server: VSphereDatacenterConfig.spec.insecure: ")
    assert "vcenter-server" in passed(here).passed


def test_what_is_skipped_by_name_is_not_looked_at(tmp_path):
    here = Setting(tmp_path, spec_of(), skipped=frozenset(["vsphere-user-privilege"]))
    arrangement.deny(here.world, "/", "Sessions.ValidateSession")
    PHASE.run(GIVEN, here.tools)
    assert "vsphere-user-privilege" not in passed(here).passed
    assert "⏭ vsphere-user-privilege skipped" in here.said


def test_no_answer_is_no_failure_and_asks_for_another_attempt(here):
    here.world.inject(parse_fault("vcenter.look=500x1"))
    with pytest.raises(TemporaryError) as caught:
        PHASE.run(GIVEN, here.tools)
    assert caught.value.code == "API_UNAVAILABLE"
    assert any(line.startswith("… not looked at: needs vcenter-inventory") for line in here.said)
    assert PHASE.run(GIVEN, here.tools) is None


def test_no_answer_beside_a_failure_is_told_with_it(here):
    here.world.inject(parse_fault("vcenter.look=500x1"))
    here.world.taken_address("198.18.0.10")
    with pytest.raises(PreflightFailed) as caught:
        PHASE.run(GIVEN, here.tools)
    assert "vcenter-inventory: " in caught.value.seen
    assert "control-plane-ip: " in caught.value.seen


def test_a_docker_engine_that_is_away_is_told_once(here):
    here.world.inject(parse_fault("host.look=timeout"))
    here.world.taken_address("198.18.0.10")
    with pytest.raises(PreflightFailed) as caught:
        PHASE.run(GIVEN, here.tools)
    assert caught.value.seen.count("docker") == 1
    assert any("needs docker-engine: docker-version, " in line for line in here.said)


def test_a_machine_with_its_own_key_gets_none_made(here):
    users = [{"name": "capv", "sshAuthorizedKeys": ["ssh-ed25519 AAAA me"]}]
    PHASE.run(GIVEN, here.with_spec(spec_of(machines(users=users))).tools)
    assert here.tools.ports.vault.get(KEY) is None


def test_undo_forgets_the_key_and_may_be_repeated(here):
    PHASE.run(GIVEN, here.tools)
    PHASE.undo(GIVEN, here.tools)
    PHASE.undo(GIVEN, here.tools)
    assert here.tools.ports.vault.get(KEY) is None
