"""Certificates of a cluster, and how long each is good for. Pure: Secrets and texts in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from bedplate.capi import objects
from bedplate.capi.certificate import read_certificate
from bedplate.ports.kube import Manifest
from bedplate.ports.network import Certificate

DAY = 86_400.0
CLIENT_DATA = re.compile(r"client-certificate-data:\s*\"?([A-Za-z0-9+/=]+)")

BY_ROLLING = (
    "bedplate renew certificates {cluster} replaces the machine by one with new certificates"
)
AUTHORITY = "nothing renews an authority in place: plan a new cluster, or a rotation by hand"
BY_CONTROLLER = "Cluster API writes it anew before its end; see whether its controllers run"
COPY = (
    "this report, and whatever changes or backs up {cluster}, fetch the newer one from the Secret"
    " {cluster}-kubeconfig; for a user of your own put one into the vault"
)


@dataclass(frozen=True, slots=True)
class Expiry:
    """One certificate: where it was seen, until when it is good (Unix seconds), how to renew it."""

    place: str
    subject: str
    issuer: str
    not_after: float
    renewal: str

    def days_left(self, now: float) -> int:
        """Return the whole days until its end; negative after it."""
        return int((self.not_after - now) // DAY)


def in_secret(cluster: str, secret: Manifest) -> Iterator[Expiry]:
    """Yield the certificates of a Secret of Cluster API's."""
    name, place = objects.name(secret), objects.ref(secret).identity
    for key in ("tls.crt", "value"):
        text = objects.decoded(objects.text(secret, "data", key))
        if key == "value":
            yield from in_kubeconfig(place, text, BY_CONTROLLER)
        else:
            own = name == f"{cluster}-apiserver-etcd-client"
            yield from in_pem(place, text, BY_CONTROLLER if own else AUTHORITY)


def in_kubeconfig(place: str, kubeconfig: str, renewal: str) -> Iterator[Expiry]:
    """Yield the certificates that a kubeconfig's users show."""
    for encoded in CLIENT_DATA.findall(kubeconfig):
        yield from in_pem(place, objects.decoded(encoded), renewal)


def in_pem(place: str, text: str, renewal: str) -> Iterator[Expiry]:
    """Yield the first certificate of a PEM text; none of another text."""
    if "-----BEGIN CERTIFICATE-----" not in text:
        return
    try:
        found = read_certificate(text.encode())
    except ValueError:
        return
    until = found.not_valid_after_utc.timestamp()
    yield Expiry(place, _name(found.subject), _name(found.issuer), until, renewal)


def pem_of(secret: Manifest) -> str:
    """Return a Secret's certificate in PEM; "" where it has none."""
    text = objects.decoded(objects.text(secret, "data", "tls.crt"))
    return text if any(in_pem("", text, "")) else ""


def shown(place: str, certificate: Certificate, renewal: str) -> Expiry:
    """Return what a server showed in a handshake."""
    return Expiry(place, certificate.subject, certificate.issuer, certificate.not_after, renewal)


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return f"CN={common[0].value!s}" if common else name.rfc4514_string()
