"""A real Kubernetes API server for the tests: the lab's etcd and kube-apiserver, on loopback.

One per test process that asks for it, with nothing behind it: no controllers, no nodes. Where the
lab has not built the two programs, the tests that ask for it are skipped with a warning.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bedplate.adapters.clock import SystemClock

TOKEN = "the-tests-own-token"
PROGRAMS = ("etcd", "kube-apiserver")
PATIENCE = 120  # seconds; a busy machine with two cores took 20
CLOCK = SystemClock()


@dataclass(frozen=True)
class ApiServer:
    """A running API server, whose certificate also names `kubernetes`."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"https://127.0.0.1:{self.port}"

    def kubeconfig(self, path: Path, server: str = "") -> Path:
        """Write the administrator's kubeconfig."""
        cluster = {"server": server or self.url, "certificate-authority": f"{self.certificate}"}
        written = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "clusters": [{"name": "it", "cluster": cluster}],
            "users": [{"name": "it", "user": {"token": TOKEN}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        }
        path.write_text(yaml.safe_dump(written))
        return path

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Yield a client of the administrator."""
        trust = ssl.create_default_context(cafile=self.certificate)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(
            base_url=self.url, headers=headers, verify=trust, trust_env=False, timeout=30
        ) as client:
            yield client


def apply(client: httpx.Client, path: str, manifest: Any, **query: str) -> httpx.Response:
    """Apply an object on the server's side; a field that its schema does not know is refused."""
    return client.patch(
        f"{path}/{manifest['metadata']['name']}",
        params={"fieldManager": "tests", "force": "true", "fieldValidation": "Strict", **query},
        headers={"Content-Type": "application/apply-patch+yaml"},
        content=yaml.safe_dump(manifest),
    )


@pytest.fixture(scope="session")
def api_server() -> Iterator[ApiServer]:
    """Yield a running server; skip loudly where the lab has not built one."""
    programs = lab_programs()
    lacking = [name for name in PROGRAMS if not (programs / name).is_file()]
    if lacking:
        skip_loudly(f"there is no {' and no '.join(lacking)} in {programs}")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bedplate-api-")))
        yield stack.enter_context(serving(programs, home))


def lab_programs() -> Path:
    """Return the folder where the lab keeps the programs it built."""
    kept = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("BEDPLATE_LAB_CACHE") or Path(kept) / "bedplate-lab") / "bin"


def skip_loudly(text: str) -> None:
    """Skip the test with a warning, even where warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(pytest.PytestWarning(text), stacklevel=2)
    pytest.skip(text)


@contextmanager
def serving(programs: Path, home: Path) -> Iterator[ApiServer]:
    """Run the two programs until the block ends; raises RuntimeError when they do not start."""
    etcd, peer, port = free_ports(3)
    key = home / "service-accounts.key"
    key.write_bytes(new_key())
    (home / "tokens").write_text(f"{TOKEN},tests,tests,system:masters\n")
    store = f"--data-dir={home}/etcd --unsafe-no-fsync --log-level=error --name=it"
    store += f" --listen-client-urls=http://127.0.0.1:{etcd}"
    store += f" --advertise-client-urls=http://127.0.0.1:{etcd}"
    store += f" --listen-peer-urls=http://127.0.0.1:{peer}"
    server = f"--etcd-servers=http://127.0.0.1:{etcd} --secure-port={port} --cert-dir={home}/tls"
    server += " --bind-address=127.0.0.1 --advertise-address=127.0.0.1"
    server += f" --token-auth-file={home}/tokens --authorization-mode=RBAC"
    server += f" --service-account-key-file={key} --service-account-signing-key-file={key}"
    server += " --service-account-issuer=https://kubernetes.default.svc"
    server += " --service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type=none"
    server += " --disable-admission-plugins=ServiceAccount"
    with process([programs / "etcd", *store.split()], home / "etcd.log"):
        log = home / "kube-apiserver.log"
        with process([programs / "kube-apiserver", *server.split()], log) as started:
            api = ApiServer(port, home / "tls" / "apiserver.crt")
            wait_until_ready(api, started, log)
            yield api


@contextmanager
def process(command: list[Any], log: Path, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends, or this process does."""
    tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    with log.open("ab") as written:
        started = subprocess.Popen(
            [*tied, *command], stdin=subprocess.DEVNULL, stdout=written, stderr=written, **how
        )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait(timeout=30)


def wait_until_ready(api: ApiServer, started: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server says that it is ready."""
    until = CLOCK.now() + PATIENCE
    while started.poll() is None and CLOCK.now() < until:
        if api.certificate.is_file():
            with api.client() as client:
                try:
                    if client.get("/readyz").status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
        CLOCK.sleep(0.2)
    raise RuntimeError(f"kube-apiserver did not start: {log.read_text()[-2000:]}")


def free_ports(number: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def new_key() -> bytes:
    """Return a key that service accounts' tokens are signed with, as PEM."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
