"""The lab's certificate authority, and the certificates of its servers."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.files import FolderFiles

VALIDITY = timedelta(days=3650)
SKEW = timedelta(days=1)
"""Certificates begin in the past, for guests whose clock is behind."""

NAME = "authority"
USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
"""Both, as in kubeadm's certificate of an etcd, whose gateway is a client of its server."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key, as files in PEM; the key has mode 0600."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """What signs the certificates of the lab's servers; made once per folder."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Authority:
        """Return the authority of a folder, made now where there is none."""
        found = cls(folder)
        if not (found.files.certificate.is_file() and found.files.key.is_file()):
            key = ec.generate_private_key(ec.SECP256R1())
            _write(folder, NAME, _self_signed(key), key)
        return found

    @property
    def files(self) -> Certified:
        """Return its own certificate, which clients are told to believe, and its key."""
        return _files(self.folder, NAME)

    def leaf(self, name: str, hosts: Sequence[str]) -> Certified:
        """Return the certificate of a server at these addresses or names; kept where it fits."""
        wanted = x509.SubjectAlternativeName([_host(host) for host in hosts])
        found = _files(self.folder, name)
        if not self._fits(found, wanted):
            key = ec.generate_private_key(ec.SECP256R1())
            _write(self.folder, name, self._signed(name, wanted, key), key)
        return found

    def _fits(self, found: Certified, wanted: x509.SubjectAlternativeName) -> bool:
        if not (found.certificate.is_file() and found.key.is_file()):
            return False
        certificate = _certificate(found)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return names.value == wanted and certificate.issuer == _certificate(self.files).subject

    def _signed(
        self, name: str, hosts: x509.SubjectAlternativeName, key: ec.EllipticCurvePrivateKey
    ) -> x509.Certificate:
        authority, own = _certificate(self.files), _key(self.files)
        return (
            _builder(name, key)
            .issuer_name(authority.subject)
            .add_extension(hosts, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(USAGES), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key()),
                critical=False,
            )
            .sign(own, hashes.SHA256())
        )


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    # Two labs on one machine have authorities of their own: the name tells them apart.
    digest = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()
    name = f"Bedplate lab {digest[:12]}"
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(name, key)
        .issuer_name(_subject(name))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(SystemClock().now(), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _files(folder: Path, name: str) -> Certified:
    return Certified(folder / f"{name}.crt", folder / f"{name}.key")


def _certificate(files: Certified) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes())


def _key(files: Certified) -> ec.EllipticCurvePrivateKey:
    found = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{files.key} holds no elliptic curve key")
    return found


def _write(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    """Write the key first: a certificate without its key would be believed to be whole."""
    files = FolderFiles(folder)
    files.write(f"{name}.key", private_pem(key), private=True)
    files.write(f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM).decode())


def private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a private key in PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
