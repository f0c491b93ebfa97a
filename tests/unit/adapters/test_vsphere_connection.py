import socket

import pytest

from bedplate.adapters.vsphere import Access, LiveVCenter
from bedplate.adapters.vsphere.wire import Wire, thumbprint
from bedplate.errors import PermanentError, TemporaryError
from tests.vcsim import PASSWORD, USER, vault_in

WRONG = ":".join(["AB"] * 20)


def refused(call) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        call()
    assert PASSWORD not in str(caught.value.as_dict())
    return caught.value


def passing(call) -> TemporaryError:
    with pytest.raises(TemporaryError) as caught:
        call()
    assert PASSWORD not in str(caught.value.as_dict())
    return caught.value


def test_a_pinned_thumbprint_is_believed_in_either_length(vcsim, tmp_path):
    certificate = Wire.to(vcsim.access()).certificate()

    for pinned in (vcsim.thumbprint, thumbprint(certificate, "sha256")):
        assert vcsim.vcenter(tmp_path, thumbprint=pinned).login().user == USER


def test_another_thumbprint_is_refused_before_anything_is_said(vcsim, tmp_path):
    error = refused(vcsim.vcenter(tmp_path, thumbprint=WRONG).login)

    assert error.code == "TLS_UNTRUSTED"
    assert vcsim.thumbprint in error.seen
    assert vcsim.calls() == {}


def test_an_unknown_certificate_is_refused_without_a_thumbprint(vcsim, tmp_path):
    error = refused(vcsim.vcenter(tmp_path, thumbprint="").login)

    assert error.code == "TLS_UNTRUSTED"
    assert vcsim.thumbprint in error.remedy
    assert vcsim.calls() == {}


def test_a_certificate_that_this_machine_trusts_needs_no_thumbprint(vcsim, tmp_path, monkeypatch):
    authority = tmp_path / "authority.pem"
    authority.write_text(vcsim.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    vcenter = vcsim.vcenter(tmp_path, thumbprint="")

    assert vcenter.about().trusted
    assert vcenter.login().user == USER


def test_every_connection_is_looked_at_not_the_first_alone(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path, thumbprint=WRONG)
    for _ in range(3):
        assert refused(vcenter.login).code == "TLS_UNTRUSTED"
    assert vcsim.calls() == {}


def test_insecure_looks_at_no_certificate_and_says_so(vcsim, tmp_path, caplog, capsys):
    assert vcsim.vcenter(tmp_path, thumbprint=WRONG, insecure=True).login().user == USER

    assert "certificate is not looked at" in caplog.text + capsys.readouterr().out


def test_what_a_vcenter_is_can_be_asked_without_a_password(vcsim, tmp_path):
    vcenter = LiveVCenter(vcsim.access(thumbprint=""), vault_in(tmp_path, password=""))

    about = vcenter.about()

    assert (about.version, about.thumbprint) == ("8.0.3", vcsim.thumbprint)
    assert not about.trusted
    assert vcsim.sessions() == []


def test_a_wrong_password_is_asked_about_once(vcsim, tmp_path):
    vcenter = LiveVCenter(vcsim.access(), vault_in(tmp_path, password="guess"))

    for call in (vcenter.login, vcenter.look, vcenter.login):
        error = refused(call)
        assert error.code == "AUTH_DENIED"
        assert "guess" not in str(error.as_dict())

    assert vcsim.calls()["Login"] == 1
    assert vcsim.vcenter(tmp_path / "right").login().user == USER


def test_a_vault_without_a_password_is_the_same(vcsim, tmp_path):
    vault = vault_in(tmp_path)
    vault.delete("vcenter/password")
    assert refused(LiveVCenter(vcsim.access(), vault).look).code == "AUTH_DENIED"


def test_nobody_at_the_address_is_a_temporary_trouble(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        vcenter = LiveVCenter(Access(address, insecure=True), vault_in(tmp_path))

        for call in (vcenter.about, vcenter.login, vcenter.look):
            assert passing(call).code == "NET_UNREACHABLE"


@pytest.mark.parametrize("server", ["vcenter..example.com", f"{'a' * 64}.example.com"])
def test_a_name_that_no_server_can_have_is_one_that_nobody_reaches(server, tmp_path):
    vcenter = LiveVCenter(Access(server, insecure=True), vault_in(tmp_path))
    for call in (vcenter.about, vcenter.login):
        assert passing(call).code == "NET_UNREACHABLE"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "API_UNAVAILABLE"),
        ({"status": 429}, "RATE_LIMITED"),
        ({"drop": True}, "NET_UNREACHABLE"),
        ({"fault": "SystemError"}, "API_UNAVAILABLE"),
        ({"delayMs": 600}, "NET_UNREACHABLE"),
    ],
)
def test_what_passes_is_a_temporary_trouble(vcsim, tmp_path, fault, code):
    vcenter = vcsim.vcenter(tmp_path, patience=0.5)
    vcenter.login()
    vcsim.post("/faults", method="RetrievePropertiesEx", times=1, **fault)

    assert passing(vcenter.look).code == code
    assert vcenter.look().objects


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "API_UNAVAILABLE"),
        ({"status": 404}, "API_UNAVAILABLE"),
        ({"drop": True}, "NET_UNREACHABLE"),
    ],
)
def test_so_it_is_with_the_tagging_service(vcsim, tmp_path, fault, code):
    vcenter = vcsim.vcenter(tmp_path)
    vcsim.post("/faults", method="GET /rest/com/vmware/cis/tagging/tag", times=1, **fault)

    assert passing(vcenter.look).code == code
    assert vcenter.look().objects


def test_a_call_without_the_privilege_names_it(vcsim, tmp_path):
    vcsim.post("/faults", method="QueryIpPools", fault="InvalidArgument")
    assert refused(vcsim.vcenter(tmp_path).look).code == "VCENTER_REFUSED"

    vcsim.post(
        "/faults", method="CreateContainerView", fault="NoPermission", privilege="System.View"
    )
    error = refused(vcsim.vcenter(tmp_path).look)
    assert error.code == "PERM_MISSING"
    assert "System.View" in error.seen
