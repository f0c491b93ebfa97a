"""Credentials go from blocks into the site's vault, and appear nowhere else."""

import base64

import pytest
from pydantic import SecretStr

from bedplate.adapters.redaction import KNOWN
from bedplate.simulation import World
from bedplate.spec import load_text
from blocks import GitCredentials, VCenterCredentials
from tasks.failures import HidingSecrets, Unexplained
from tests.flows.conftest import SPEC

SERVER = "vcenter.example.com"
TOKEN = "ghp-0123456789-of-nobody"


def vcenter_of(site, **changed):
    username, password = World(site.folder / "site").credentials()
    given = {"server": SERVER, "username": username}
    return VCenterCredentials(**given | {"password": SecretStr(password)} | changed)


def test_no_secret_is_in_anything_that_prefect_stores(site, database):
    site.save(vcenter=vcenter_of(site), git=GitCredentials(token=SecretStr(TOKEN)))

    ran = site.create(faults=["kube.cluster.create:Machine=deniedx1"])
    assert ran.state.is_failed()
    ran = site.create()
    assert ran.state.is_completed(), ran.message

    vault = site.load().open_site().open(load_text(SPEC)).vault
    _, password = World(site.folder / "site").credentials()
    secrets = [TOKEN, password, vault.get("w01/ssh-private-key"), vault.get("w01/kubeconfig")]
    stored = database()
    assert ran.id.bytes.hex().encode() in stored.replace(b"-", b"")
    for secret in secrets:
        assert secret
        assert vault.get("git/token") == TOKEN
        for form in (secret.encode(), base64.b64encode(secret.encode())):
            assert form not in stored


def test_a_wrong_password_is_the_vcenters_to_refuse_and_is_not_shown(site, database):
    wrong = "not-the-password-8412"
    site.save(vcenter=vcenter_of(site, password=SecretStr(wrong)))
    ran = site.create()
    assert ran.message.startswith("preflight: PREFLIGHT_FAILED: ")
    assert wrong.encode() not in database()


def test_credentials_are_not_shown_to_another_vcenter(site):
    site.save(vcenter=vcenter_of(site, server="other.example.com"))
    ran = site.create()
    assert ran.message.startswith("CREDENTIALS_MISPLACED: the site's credentials are for the")


def test_an_error_that_nobody_expected_is_raised_without_the_secret_in_its_text():
    KNOWN.remember("pa55-of-the-tests")
    with pytest.raises(Unexplained) as raised, HidingSecrets():
        raise ValueError("login with pa55-of-the-tests failed")
    assert str(raised.value) == "ValueError: login with [redacted] failed"
    assert raised.value.__suppress_context__


def test_an_error_without_a_secret_is_raised_as_it_is():
    with pytest.raises(ValueError, match="no secret here"), HidingSecrets():
        raise ValueError("no secret here")
