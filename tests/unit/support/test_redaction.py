"""What is taken out of a support bundle, and what stays."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.ports.kube import JSON
from bedplate.support.redaction import Redactor, base64_fragments, without_secrets

PASSWORD = "correct-horse/battery+staple"
ANY_PASSWORD = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=9)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@given(ANY_PASSWORD, st.binary(max_size=7), st.binary(max_size=7))
def test_a_credential_is_found_in_base64_wherever_it_stands_there(password, before, after):
    text = base64.b64encode(before + password.encode() + after).decode()
    assert any(fragment in text for fragment in base64_fragments(password))


@given(ANY_PASSWORD)
def test_a_credential_is_taken_out_however_it_is_written(password):
    redactor = Redactor()
    redactor.remember(password)
    secret = password.strip()
    for written in (
        secret,
        json.dumps({"a": secret}),
        json.dumps({"a": secret}, ensure_ascii=False),
        f"https://host/?p={quote(secret, safe='')}",
        f"x {encoded(secret)} y",
    ):
        assert "[redacted]" in redactor.text(written)


def test_what_a_secret_holds_is_hidden_everywhere_but_what_is_public_in_it():
    redactor = Redactor()
    data = {"password": encoded(PASSWORD), "username": encoded("somebody"), "ca.crt": "AAAAAAAA"}
    redactor.remember_secret({"apiVersion": "v1", "kind": "Secret", "data": data})

    text = redactor.text(f"somebody failed with {PASSWORD} or {encoded(PASSWORD)}, AAAAAAAA")

    assert text == "somebody failed with [redacted] or [redacted], AAAAAAAA"


def test_a_document_gives_its_credentials_and_keeps_its_ordinary_words():
    redactor = Redactor()
    redactor.remember(
        "apiVersion: v1\nkind: Config\nclusters:\n- {name: w01, cluster: {server: 'https://w01'}}\n"
        "users:\n- {name: w01-admin, user: {client-key-data: c2VjcmV0LWtleQ==, token: abcdefghi}}\n"
    )

    text = redactor.text("w01-admin of https://w01: c2VjcmV0LWtleQ== secret-key abcdefghi")

    assert text == "w01-admin of https://w01: [redacted] [redacted] [redacted]"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("proxy http://me:hunter2hunter2@proxy:3128", "proxy http://[redacted]@proxy:3128"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer [redacted]"),
        ("join with abcdef.0123456789abcdef now", "join with [redacted] now"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
            "[redacted]",
        ),
    ],
)
def test_what_is_a_credential_by_its_form_is_taken_out_though_nobody_knew_it(text, left):
    assert Redactor().text(text) == left


def test_of_a_secret_only_the_keys_are_shown():
    secret: dict[str, JSON] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "managedFields": [{"manager": "x"}]},
        "data": {"password": encoded(PASSWORD)},
        "stringData": {"token": PASSWORD},
    }
    found = without_secrets(secret)
    assert found["data"] == {"password": "[redacted]", "token": "[redacted]"}
    assert found["metadata"] == {"name": "a"}
    assert "stringData" not in found


def test_contents_of_files_and_fields_named_like_credentials_are_dropped_and_references_stay():
    found = without_secrets(
        {
            "apiVersion": "v1",
            "kind": "KubeadmConfig",
            "spec": {
                "files": [{"path": "/etc/a", "content": "a password"}],
                "discovery": {"bootstrapToken": {"token": "abc"}},
                "dataSecretName": "w01-x",
                "identityRef": {"kind": "Secret", "name": "w01-vsphere-credentials"},
            },
        }
    )
    assert found["spec"] == {
        "files": [{"path": "/etc/a", "content": "[redacted]"}],
        "discovery": {"bootstrapToken": {"token": "[redacted]"}},
        "dataSecretName": "w01-x",
        "identityRef": {"kind": "Secret", "name": "w01-vsphere-credentials"},
    }
