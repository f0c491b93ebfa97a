"""A server's certificate, and what it is worth to this machine or to an authority's friends."""

from __future__ import annotations

import re
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from bedplate.errors import Owner, PermanentError
from bedplate.ports.network import Certificate, Trust

# What OpenSSL says of a chain, as numbers (X509_V_ERR_…).
_TRUST = {
    9: Trust.EXPIRED,  # not yet valid
    10: Trust.EXPIRED,
    18: Trust.SELF_SIGNED,  # the certificate itself
    62: Trust.WRONG_NAME,
    64: Trust.WRONG_NAME,
}

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)


def certificate(host: str, port: int, authority: str, deadline: float) -> Certificate | None:
    """Return the certificate that a server shows; None where nothing answers with TLS."""
    trusting = context(authority)
    shown = _handshake(host, port, context("", insecure=True), deadline)
    if shown is None:
        return None
    try:
        trusted = _handshake(host, port, trusting, deadline)
    except ssl.SSLCertVerificationError as error:
        return _described(shown, _TRUST.get(error.verify_code, Trust.UNKNOWN_AUTHORITY))
    return None if trusted is None else _described(trusted, Trust.TRUSTED)


def context(authority: str, *, insecure: bool = False, also: str = "") -> ssl.SSLContext:
    """Return how to check certificates: against `authority` (PEM), or the system's authorities.

    `also` (PEM) are those that count beside the system's.

    As strict as the nodes' container runtime: an intermediate authority or the server's own
    certificate may be the one that is trusted, and a name must stand among the alternative names.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.hostname_checks_common_name = False
    if insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    if not authority:
        made.load_default_certs()
        if not also:
            return made
    try:
        # What stands between the certificates is for people.
        made.load_verify_locations(cadata="\n".join(_CERTIFICATE.findall(authority or also)))
    except (ssl.SSLError, ValueError) as error:
        raise PermanentError(
            "CERT_INVALID",
            f"the certificate authority is no certificate in PEM: {error}",
            why="no server can be checked against it",
            remedy="give the authority's certificate as it stands in its file, from"
            " -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
            owner=Owner.SPEC_AUTHOR,
        ) from error
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return made


def _handshake(host: str, port: int, made: ssl.SSLContext, deadline: float) -> bytes | None:
    """Return the server's certificate (DER); None where nothing answers with TLS.

    Raises ssl.SSLCertVerificationError where the context does not trust it.
    """
    try:
        with (
            socket.create_connection((host, port), timeout=deadline) as plain,
            made.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return secure.getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError:
        raise
    except (OSError, UnicodeError):
        return None


def _described(der: bytes, trust: Trust) -> Certificate:
    found = x509.load_der_x509_certificate(der)
    own = found.subject == found.issuer
    return Certificate(
        trust=Trust.SELF_SIGNED if own and trust is Trust.UNKNOWN_AUTHORITY else trust,
        subject=_name(found.subject),
        issuer=_name(found.issuer),
        not_after=found.not_valid_after_utc.timestamp(),
        sha1=_thumbprint(found, hashes.SHA1()),  # noqa: S303 - the form that vSphere shows
        sha256=_thumbprint(found, hashes.SHA256()),
    )


def _thumbprint(found: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return found.fingerprint(algorithm).hex(":").upper()


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return f"CN={common[0].value!s}" if common else name.rfc4514_string()
