"""Certificates in Secrets and kubeconfigs."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from bedplate.certificates.found import AUTHORITY, BY_CONTROLLER, in_kubeconfig, in_secret
from bedplate.simulation.certificates import issue_client, make_authority

NOW = 1_767_225_600.0
DAY = 86_400.0


def secret(name: str, **data: str):
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "eksa-system"},
        "data": encoded,
    }


def test_an_authority_is_told_with_its_end_and_that_nothing_renews_it():
    certificate, key = make_authority("kubernetes", NOW)

    (found,) = in_secret("w01", secret("w01-ca", **{"tls.crt": certificate, "tls.key": key}))

    assert found.place == "Secret eksa-system/w01-ca"
    assert (found.subject, found.issuer) == ("CN=kubernetes", "CN=kubernetes")
    assert found.days_left(NOW) == 3650
    assert found.renewal == AUTHORITY


def test_the_client_of_a_kubeconfig_is_told_by_who_signed_it():
    authority, key = make_authority("kubernetes", NOW)
    certificate, _ = issue_client(authority, key, "kubernetes-admin", NOW)
    line = f"client-certificate-data: {base64.b64encode(certificate.encode()).decode()}"

    (found,) = in_secret("w01", secret("w01-kubeconfig", value=f"users:\n- user:\n    {line}\n"))

    assert (found.subject, found.issuer) == ("CN=kubernetes-admin", "CN=kubernetes")
    assert found.days_left(NOW + 360 * DAY) == 5
    assert found.days_left(NOW + 370 * DAY) < 0
    assert found.renewal == BY_CONTROLLER


@given(st.text())
def test_what_is_no_certificate_is_passed_over(text):
    assert list(in_secret("w01", secret("w01-ca", **{"tls.crt": text, "value": text}))) == []
    assert list(in_kubeconfig("here", f"client-certificate-data: {text}", "")) == []
