"""The way to vCenter: certificate, login, clock, sessions, name."""

import pytest

from bedplate.checks import Severity
from bedplate.errors import PermanentError
from bedplate.simulation import arrangement
from bedplate.simulation.network import hide_name
from tests.unit.providers.vsphere.checks.stages import datacenter


def test_a_certificate_that_is_neither_trusted_nor_pinned_is_refused_and_shown(look):
    (finding,) = look("vcenter-server", datacenter(thumbprint=""))
    assert finding.severity is Severity.BLOCK
    assert look.stage.thumbprint in finding.seen
    assert f"thumbprint: {look.stage.thumbprint}" in finding.remedy
    assert "govc about.cert -thumbprint" in finding.remedy


def test_another_certificate_than_the_pinned_one_is_refused(look):
    other = "AA:" * 19 + "AA"
    (finding,) = look("vcenter-server", datacenter(thumbprint=other))
    assert finding.severity is Severity.BLOCK
    assert other in finding.seen
    assert look.stage.thumbprint in finding.seen


def test_a_thumbprint_may_be_written_in_small_letters(look):
    assert look("vcenter-server", datacenter(thumbprint=look.stage.thumbprint.lower())) == []


def test_looking_away_is_warned_of(look):
    (finding,) = look("vcenter-server", datacenter(insecure=True))
    assert finding.severity is Severity.WARN
    assert finding.target.endswith("insecure")


def test_a_trusted_certificate_needs_no_thumbprint_and_a_wrong_one_is_warned_of(look):
    arrangement.arrange(look.stage.world, trusted=True)
    assert look("vcenter-server", datacenter(thumbprint="")) == []
    (finding,) = look("vcenter-server", datacenter(thumbprint="AA:" * 19 + "AA"))
    assert finding.severity is Severity.WARN


def test_a_wrong_password_says_so_and_stays_secret(look):
    spec = look.spec()
    scene = look.scene(spec)
    scene.vcenter._vault.put("vcenter/password", "guess")
    (result,) = [r for r in look.all() if r.check.name == "vcenter-login"]
    (finding,) = result.findings
    assert "guess" not in str(finding)
    assert "vcenter/password" in finding.remedy or "password" in finding.seen


def test_an_inventory_that_cannot_be_read_takes_the_ground_from_all_that_look_at_it(look):
    scene = look.scene(look.spec())
    scene.vcenter._vault.delete("vcenter/password")
    with pytest.raises(PermanentError):
        look("vcenter-inventory")
    grounds = {r.check.name: r.ground for r in look.all(skipped=["vcenter-login"]) if r.ground}
    assert grounds["datacenter"] == grounds["vsphere-user-privilege"] == "vcenter-inventory"


@pytest.mark.parametrize(
    ("ahead", "severity"), [(30, None), (200, Severity.WARN), (400, Severity.BLOCK)]
)
def test_clocks_that_differ_are_told_and_five_minutes_stop_the_create(look, ahead, severity):
    look.stage.clock(ahead)
    found = look("vcenter-clock")
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all("NTP" in finding.remedy and "ahead of" in finding.seen for finding in found)


def test_a_clock_that_is_behind_is_as_bad(look):
    look.stage.clock(-400)
    (finding,) = look("vcenter-clock")
    assert "behind" in finding.seen


@pytest.mark.parametrize(("sessions", "warned"), [(None, 0), (100, 0), (1900, 1)])
def test_hardly_any_sessions_left_is_warned_of(look, sessions, warned):
    arrangement.arrange(look.stage.world, sessions=sessions)
    found = look("vcenter-sessions")
    assert [finding.severity for finding in found] == [Severity.WARN] * warned


@pytest.mark.parametrize(("version", "warned"), [("6.7.3", 1), ("7.0.2", 0), ("8.0.3", 0)])
def test_a_vcenter_that_is_too_old_is_warned_of(look, version, warned):
    arrangement.arrange(look.stage.world, version=version)
    found = look("vcenter-version")
    assert [finding.severity for finding in found] == [Severity.WARN] * warned


def test_a_name_without_an_address_is_refused(look):
    assert look("vcenter-dns") == []
    hide_name(look.stage.place.world, "vcenter.example.com")
    (finding,) = look("vcenter-dns")
    assert "vcenter.example.com" in finding.seen
    assert look("vcenter-dns", datacenter(server="198.18.5.5")) == []
