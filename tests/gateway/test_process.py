"""`bedplate gateway serve` as a process of its own: signals, kills, and TLS."""

from __future__ import annotations

import datetime
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.ports import free_port
from tests.flows.conftest import ROOT, SPEC
from tests.flows.server import wait_for
from tests.gateway.gate import ENVIRONMENT, PORTAL, intent, signed, write_settings

pytestmark = pytest.mark.timeout(180)

NOWHERE = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
COMMAND = [sys.executable, "-m", "deployments.cli.main", "gateway", "serve"]
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Process:
    """A gateway's process."""

    process: subprocess.Popen[str]
    http: httpx.Client

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def process(home: Path, *words: str, **client: Any) -> Iterator[Process]:
    """Run the command until the block ends."""
    port = free_port()
    scheme = "https" if words else "http"
    started = subprocess.Popen(
        [*COMMAND, "--port", str(port), *words],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT | NOWHERE | {"BEDPLATE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    http = httpx.Client(base_url=f"{scheme}://127.0.0.1:{port}", timeout=30, **client)
    made = Process(started, http)
    try:
        wait_for(lambda: answers(made), 90)
        yield made
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate(timeout=30)


def answers(made: Process) -> bool:
    assert made.process.poll() is None, made.process.stdout and made.process.stdout.read()
    try:
        return made.http.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path):
    write_settings(tmp_path, sources={"portal": PORTAL})
    body = json.dumps(intent(spec=SPEC)).encode()
    with process(tmp_path) as first:
        sent = first.http.post("/v1/intents", content=body, headers=signed(body)).json()
        first.end(signal.SIGKILL)

    with process(tmp_path) as second:
        again = second.http.post("/v1/intents", content=body, headers=signed(body))
        assert (again.status_code, again.json()["intent"]) == (200, sent["intent"])
        assert second.end(signal.SIGTERM) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("named", [{"spec_file": "w01.yaml"}, {"verb": "delete", "confirm": "w01"}])
def test_a_gateway_whose_prefect_is_away_stays_and_waits(tmp_path: Path, named: dict[str, str]):
    write_settings(tmp_path, sources={"portal": PORTAL})
    body = json.dumps(intent(spec="") | named).encode()
    with process(tmp_path) as running:
        sent = running.http.post("/v1/intents", content=body, headers=signed(body)).json()

        def look() -> bool:
            shown = running.http.get(f"/v1/intents/{sent['intent']}").json()
            return bool(shown["problem"] and shown["problem"]["code"] == "PREFECT_UNREACHABLE")

        wait_for(look, 60)
        assert running.process.poll() is None


class Authority:
    """A certificate authority of the tests."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign("authority", self._key, is_authority=True)

    def pair(self, folder: Path, name: str) -> tuple[Path, x509.Certificate]:
        """Write a certificate with its key; return the file and the certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._sign(name, key, is_authority=False)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file = folder / f"{name}.pem"
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
        return file, made

    def _sign(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
    ) -> x509.Certificate:
        now = datetime.datetime.fromtimestamp(time.time(), datetime.UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        address = x509.IPAddress(IPv4Address("127.0.0.1"))
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def test_a_client_certificate_is_a_proof(tmp_path: Path):
    authority = Authority()
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    server, _ = authority.pair(tmp_path, "server")
    known, certificate = authority.pair(tmp_path, "known")
    other, _ = authority.pair(tmp_path, "other")
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    snow = {"kind": "servicenow", "certificates": [fingerprint], "verbs": ["create"]}
    write_settings(tmp_path, sources={"snow": snow | {"trust_sender": True}})

    with process(
        tmp_path, "--certificate", str(server), "--client-ca", str(ca), verify=trusting(ca, known)
    ) as running:
        taken = running.http.post("/v1/sources/snow", json=intent())
        assert taken.status_code == 202, taken.text
        for context in (trusting(ca, other), trusting(ca)):
            with httpx.Client(base_url=running.http.base_url, verify=context) as stranger:
                answer = stranger.post("/v1/sources/snow", json=intent())
                assert answer.status_code == 401


def trusting(authority: Path, own: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    # The tests' authority has no key identifiers, which newer Pythons ask for.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if own is not None:
        context.load_cert_chain(own)
    return context
