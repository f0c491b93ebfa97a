"""The manifest beside a backup, as text and back."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from bedplate.capi.backup import BackupManifest, authority_digest, authority_of, decode, encode

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\nAgID\n-----END CERTIFICATE-----\n"
texts = st.text(max_size=20)
manifests = st.builds(
    BackupManifest,
    cluster=texts,
    at=st.floats(0, 1e11),
    kubernetes=texts,
    authority=texts,
    files=st.dictionaries(texts, texts, max_size=4),
)


@given(manifests)
def test_a_manifest_is_read_as_it_was_written(manifest):
    assert decode(encode(manifest)) == manifest


@given(st.text(max_size=60))
def test_any_other_text_is_none(text):
    assert decode(text) is None


def test_a_manifest_of_another_form_is_none():
    assert decode('{"format": "bedplate-backup/9"}') is None


def test_an_authority_is_the_same_in_a_kubeconfig_and_on_a_machine():
    data = base64.b64encode(PEM.encode()).decode()
    kubeconfig = f"clusters:\n- cluster:\n    certificate-authority-data: {data}\n"

    assert authority_of(kubeconfig) == authority_digest(PEM.replace("\n", "\r\n"))


def test_a_kubeconfig_without_an_authority_has_none():
    assert authority_of("clusters: []") == ""
    assert authority_of("certificate-authority-data: ====") == ""
