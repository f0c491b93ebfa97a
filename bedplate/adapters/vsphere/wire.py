"""TLS connections that are verified, or pinned to a thumbprint, before a byte is sent."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
import ssl
from dataclasses import dataclass, replace

from bedplate.adapters.vsphere.access import Access
from bedplate.errors import Owner, PermanentError

DIGESTS = {40: "sha1", 64: "sha256"}


@dataclass(frozen=True, slots=True)
class Wire:
    """How connections to one machine are made: to the vCenter, or to a host that takes uploads."""

    host: str
    port: int
    thumbprint: str
    insecure: bool
    patience: float

    @classmethod
    def to(cls, access: Access) -> Wire:
        """Return the wire to a vCenter."""
        return cls(access.host, access.port, access.thumbprint, access.insecure, access.patience)

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection that connects, and looks at the certificate, on first use."""
        return _Connection(self)

    def patient(self, seconds: float) -> Wire:
        """Return the same with another patience."""
        return replace(self, patience=seconds)

    def open(self) -> ssl.SSLSocket:
        """Connect; raises TLS_UNTRUSTED, or OSError where nobody answers.

        The certificate is the pinned one, or this machine trusts it. A pinned one is looked at
        first: it is the ordinary case, and reading every authority takes long.
        """
        if self.insecure:
            return self._handshake(unverified())
        shown = b""
        if self.thumbprint:
            connected = self._handshake(unverified())
            shown = connected.getpeercert(binary_form=True) or b""
            if is_thumbprint_of(self.thumbprint, shown):
                return connected
            connected.close()
        try:
            return self._handshake(ssl.create_default_context())
        except ssl.SSLCertVerificationError as error:
            if self.thumbprint:
                raise _mismatch(self, thumbprint(shown)) from None
            raise _untrusted(self, error.verify_message) from None

    def certificate(self) -> bytes:
        """Return the server's certificate (DER), whoever signed it."""
        with self._handshake(unverified()) as connected:
            return connected.getpeercert(binary_form=True) or b""

    def is_trusted(self) -> bool:
        """Say whether this machine trusts the server without a thumbprint."""
        try:
            self._handshake(ssl.create_default_context()).close()
        except ssl.SSLCertVerificationError:
            return False
        return True

    def _handshake(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        try:
            plain = socket.create_connection((self.host, self.port), timeout=self.patience)
        except UnicodeError:  # an empty or overlong label: there is no such name
            raise socket.gaierror(socket.EAI_NONAME, "there is no such name") from None
        # A request is sent in two parts; without this the second waits 40 ms for the first.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


class _Connection(http.client.HTTPConnection):
    """HTTP on a wire; `connect` leaves no way round the certificate."""

    default_port = 443

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.host, wire.port, timeout=wire.patience)
        self._wire = wire

    def connect(self) -> None:
        """Connect and verify."""
        self.sock = self._wire.open()


def unverified() -> ssl.SSLContext:
    """Return a context that believes every certificate: whoever uses it compares thumbprints."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def thumbprint(certificate: bytes, digest: str = "sha1") -> str:
    """Return a certificate's digest as vSphere writes it: `AA:BB:…`."""
    return hashlib.new(digest, certificate, usedforsecurity=False).digest().hex(":").upper()


def is_thumbprint_of(pinned: str, certificate: bytes) -> bool:
    """Say whether a SHA-1 or SHA-256 thumbprint, with colons or without, is a certificate's."""
    plain = re.sub(r"[:\s]", "", pinned).lower()
    digest = DIGESTS.get(len(plain))
    if digest is None:
        return False
    return hashlib.new(digest, certificate, usedforsecurity=False).hexdigest() == plain


def _untrusted(wire: Wire, reason: str) -> PermanentError:
    shown = thumbprint(wire.certificate())
    return PermanentError(
        "TLS_UNTRUSTED",
        f"the certificate of {wire.host}:{wire.port} is not trusted: {reason}",
        why="the password would go to whoever answers at that address",
        remedy=f"if its SHA-1 is {shown} at the machine itself too, set spec.thumbprint to that;"
        " else install the authority that signed it on this machine",
        owner=Owner.VSPHERE,
    )


def _mismatch(wire: Wire, shown: str) -> PermanentError:
    return PermanentError(
        "TLS_UNTRUSTED",
        f"the certificate of {wire.host}:{wire.port} has the thumbprint {shown},"
        f" not {wire.thumbprint}",
        why="it is not the machine that the specification names, or its certificate was renewed",
        remedy="compare it at the machine itself, then correct spec.thumbprint:"
        f" govc about.cert -k -u {wire.host} -thumbprint",
        owner=Owner.VSPHERE,
    )
