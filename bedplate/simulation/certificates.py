"""Certificates of a simulated world: real ones, valid by its own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

AUTHORITY_DAYS, CLIENT_DAYS = 3650, 365  # as kubeadm has them


def make_authority(name: str, now: float) -> tuple[str, str]:
    """Return a new authority's certificate and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    made = _certificate(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
    constraint = x509.BasicConstraints(ca=True, path_length=0)
    signed = made.add_extension(constraint, critical=True).sign(key, hashes.SHA256())
    return _pem(signed), _key(key)


def issue_client(authority: str, authority_key: str, name: str, now: float) -> tuple[str, str]:
    """Return a client's certificate that an authority has signed, and its key."""
    issuer = x509.load_pem_x509_certificate(authority.encode()).subject
    signer = load_pem_private_key(authority_key.encode(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 - for mypy: we made it
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(_named(name), issuer, key.public_key(), now, CLIENT_DAYS)
    return _pem(made.sign(signer, hashes.SHA256())), _key(key)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: float,
    days: int,
) -> x509.CertificateBuilder:
    since = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=days))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
