"""etcd's own JSON gateway over a socket, as a client whose certificate etcd's authority signed.

Cluster API's control plane provider reaches etcd in the same way: it keeps the authority in a
secret of the management cluster, and signs a certificate for itself where it needs one.
"""

from __future__ import annotations

import base64
import datetime
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bedplate.adapters.kubernetes.kubeconfig import folder_in_memory
from bedplate.capi.certificate import read_certificate

NAME = "bedplate"
HOST = "localhost"  # kubeadm puts it into every member's certificate
SNAPSHOT = "/v3/maintenance/snapshot"
HEADERS = {"Content-Type": "application/json"}
VALID = datetime.timedelta(hours=2)
EARLIER = datetime.timedelta(minutes=5)  # clocks of machines are a little apart


class EtcdAnswerError(Exception):
    """etcd answered with something that is no snapshot; the text says what it was."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate and key by which etcd knows its clients, as PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@contextmanager
def encrypted(plain: socket.socket, authority: Authority) -> Iterator[ssl.SSLSocket]:
    """Yield the socket with TLS on it; raises ssl.SSLError, or ValueError for a bad authority."""
    context = ssl.create_default_context(cadata=authority.certificate.decode())
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # kubeadm's authority has no key identifier
    with folder_in_memory() as folder:
        file = Path(folder) / "client.pem"
        file.write_bytes(_client(authority))
        context.load_cert_chain(file)
    with context.wrap_socket(plain, server_hostname=HOST) as made:
        yield made


def save_snapshot(stream: ssl.SSLSocket, file: Path) -> None:
    """Write a snapshot to a file; raises EtcdAnswerError, OSError or http.client.HTTPException."""
    connection = http.client.HTTPConnection(HOST)
    connection.sock = stream
    connection.request("POST", SNAPSHOT, body=b"{}", headers=HEADERS)
    answer = connection.getresponse()
    if answer.status != http.HTTPStatus.OK:
        raise EtcdAnswerError(f"it answered {answer.status}: {answer.read(500)!r}")
    with file.open("wb") as out:
        for line in answer:
            out.write(_content(line))


def _content(line: bytes) -> bytes:
    """Return what one message of the stream holds."""
    try:
        found = json.loads(line)
    except ValueError:
        raise EtcdAnswerError("it broke off in the middle of a message") from None
    result = found.get("result") if isinstance(found, dict) else None
    if not isinstance(result, dict):
        raise EtcdAnswerError(f"it said {line[:500]!r}")
    return base64.b64decode(result.get("blob", ""))


def _client(authority: Authority) -> bytes:
    """Return a short-lived certificate and its key, for a client, in one PEM text."""
    issuer = read_certificate(authority.certificate)
    signer = serialization.load_pem_private_key(authority.key, None)
    if not isinstance(signer, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("the key of etcd's authority is of a kind that signs no certificates")
    own, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]))
        .issuer_name(issuer.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + VALID)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    key = own.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM) + key
