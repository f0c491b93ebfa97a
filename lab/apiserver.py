"""A Kubernetes API server of one's own: etcd, kube-apiserver, and the garbage collection.

Real programs of the lab on the loopback interface, without a kubelet. The tests and the benchmarks
use it.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes import LiveKube
from bedplate.ports.kube import Reach
from lab.ports import LOOPBACK, free_port
from lab.versions import NEWEST

ETCD = "etcd"
SERVER, MANAGER = map(NEWEST.program, ("kube-apiserver", "kube-controller-manager"))
START_SECONDS = 300.0  # ten where nothing else runs
# Ends the program with this process, however that ends: its pipe is closed then. Nothing of it is
# kept, and an API server that is asked politely waits for its etcd, which may be gone already.
KEEPER = '"$@" </dev/null & read -r _; kill -9 "$!"; wait "$!"'


class ApiServerError(Exception):
    """A program is missing or does not start."""


@dataclass(frozen=True)
class ApiServer:
    """A running API server, and the kubeconfig of its administrator."""

    kubeconfig: str
    programs: Path


@dataclass(frozen=True)
class _Signed:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )


def programs() -> Path:
    """Return the folder of the programs; raises ApiServerError where one is missing."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("BEDPLATE_LAB_CACHE") or Path(home) / "bedplate-lab") / "bin"
    missing = [name for name in (ETCD, SERVER, MANAGER) if not os.access(folder / name, os.X_OK)]
    if missing:
        raise ApiServerError(
            f"{folder} has no {' and no '.join(missing)}: build them with ./run lab build"
        )
    return folder


@contextmanager
def running(folder: Path) -> Iterator[ApiServer]:
    """Run an API server that ends with the block, and with this process."""
    with tempfile.TemporaryDirectory(prefix="bedplate-apiserver-") as name, ExitStack() as stack:
        home = Path(name)
        etcd, peer, port = (free_port() for _ in range(3))
        authority = _signed("authority")
        kubeconfig = _kubeconfig(port, authority)
        _write(home, authority, kubeconfig)
        stack.enter_context(_process(home, folder / ETCD, *_etcd(home, etcd, peer)))
        stack.enter_context(_process(home, folder / SERVER, *_server(home, etcd, port)))
        _await(kubeconfig, home / f"{SERVER}.log")
        manager = folder / MANAGER
        stack.enter_context(_process(home, manager, *_manager(home)))
        yield ApiServer(kubeconfig, folder)


def _etcd(home: Path, port: int, peer: int) -> tuple[str, ...]:
    client, member = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{peer}"
    return (
        f"--data-dir={home / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={member}",
        f"--initial-advertise-peer-urls={member}",
        f"--initial-cluster=default={member}",
        "--unsafe-no-fsync",
    )


def _server(home: Path, etcd: int, port: int) -> tuple[str, ...]:
    return (
        f"--etcd-servers=http://{LOOPBACK}:{etcd}",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--cert-dir={home}",
        f"--client-ca-file={home / 'ca.pem'}",
        f"--tls-cert-file={home / 'server.pem'}",
        f"--tls-private-key-file={home / 'server.key'}",
        "--authorization-mode=RBAC",
        f"--service-account-issuer=https://{LOOPBACK}:{port}",
        f"--service-account-key-file={home / 'server.key'}",
        f"--service-account-signing-key-file={home / 'server.key'}",
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.0.0.0/24",
    )


def _manager(home: Path) -> tuple[str, ...]:
    return (
        f"--kubeconfig={home / 'kubeconfig'}",
        "--controllers=garbage-collector-controller,namespace-controller",
        "--leader-elect=false",
        "--secure-port=0",
    )


def _write(home: Path, authority: _Signed, kubeconfig: str) -> None:
    server = _signed("kube-apiserver", authority)
    (home / "ca.pem").write_bytes(authority.pem)
    (home / "server.pem").write_bytes(server.pem)
    (home / "server.key").write_bytes(server.key_pem)
    (home / "kubeconfig").write_text(kubeconfig)


@contextmanager
def _process(home: Path, program: Path, *words: str) -> Iterator[None]:
    with (home / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", KEEPER, "sh", program, *words],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={"HOME": str(home), "PATH": os.environ.get("PATH", "")},
        )
        with process:  # closes its pipe, and waits
            yield


def _await(kubeconfig: str, log: Path) -> None:
    kube = LiveKube(lambda: kubeconfig)
    deadline = time.monotonic() + START_SECONDS
    while kube.reach() is not Reach.ANSWERS:
        if time.monotonic() > deadline:
            raise ApiServerError(f"the API server did not start: {log.read_text()[-2000:]}")
        SystemClock().sleep(0.2)
    kube.close()


def _kubeconfig(port: int, authority: _Signed) -> str:
    admin = _signed("admin", authority, organization="system:masters")
    shown, certificate, key = (
        base64.b64encode(pem).decode() for pem in (authority.pem, admin.pem, admin.key_pem)
    )
    return kubeconfig_of(
        f'{{server: "https://{LOOPBACK}:{port}", certificate-authority-data: {shown}}}',
        f"{{client-certificate-data: {certificate}, client-key-data: {key}}}",
    )


def kubeconfig_of(cluster: str, user: str) -> str:
    """Return a kubeconfig of one cluster and one user, both given as YAML mappings."""
    return f"""apiVersion: v1
kind: Config
clusters:
- name: own
  cluster: {cluster}
contexts:
- name: own
  context: {{cluster: own, user: admin}}
current-context: own
users:
- name: admin
  user: {user}
"""


def _signed(name: str, by: _Signed | None = None, *, organization: str = "") -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    now, day = datetime.fromtimestamp(time.time(), UTC), timedelta(days=1)
    # kubeadm's certificates name `kubernetes` too, which is how a node calls its own API server.
    address = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("kubernetes")]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(parts))
        .issuer_name(by.certificate.subject if by else x509.Name(parts))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(address, critical=False)
    )
    return _Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)
