"""Keys and certificates of a lab: made once, kept from other people's eyes."""

import stat

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from lab.authority import Authority
from lab.signing import PRIVATE, PUBLIC, signing_key


def test_an_authority_is_made_once_per_folder(tmp_path):
    first = Authority.of(tmp_path).files.certificate.read_bytes()
    assert Authority.of(tmp_path).files.certificate.read_bytes() == first


def test_a_leaf_names_the_addresses_and_is_kept_while_they_are_the_same(tmp_path):
    authority = Authority.of(tmp_path)
    leaf = authority.leaf("server", ["198.18.0.1", "lab.test"])
    first = leaf.certificate.read_bytes()

    names = x509.load_pem_x509_certificate(first).extensions
    found = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one.value) for one in found] == ["198.18.0.1", "lab.test"]
    assert authority.leaf("server", ["198.18.0.1", "lab.test"]).certificate.read_bytes() == first
    assert authority.leaf("server", ["198.18.0.9"]).certificate.read_bytes() != first


def test_a_leaf_of_a_former_authority_is_made_anew(tmp_path):
    authority = Authority.of(tmp_path)
    first = authority.leaf("server", ["198.18.0.1"]).certificate.read_bytes()
    authority.files.key.unlink()

    again = Authority.of(tmp_path).leaf("server", ["198.18.0.1"]).certificate.read_bytes()

    assert again != first


def test_private_keys_are_for_their_owner_only(tmp_path):
    signing_key(tmp_path)
    leaf = Authority.of(tmp_path).leaf("server", ["198.18.0.1"])

    for key in (tmp_path / PRIVATE, Authority.of(tmp_path).files.key, leaf.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_signing_key_is_made_once_and_its_public_half_is_beside_it(tmp_path):
    first = signing_key(tmp_path)
    assert signing_key(tmp_path).private_numbers() == first.private_numbers()
    assert load_pem_public_key((tmp_path / PUBLIC).read_bytes()) == first.public_key()
