"""Servers on the loopback interface: with certificates, as a registry, as a proxy."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
DAY = timedelta(days=1)


class Signed(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def signed(
    name: str, by: Signed | None = None, *, host: str = LOOPBACK, ends: timedelta = DAY
) -> Signed:
    """Return a certificate for a host, signed by an authority or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.fromtimestamp(time.time(), UTC)
    is_authority = x509.BasicConstraints(ca=by is None, path_length=None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(by.certificate.subject if by else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 2 * DAY)
        .not_valid_after(now + ends)
        .add_extension(is_authority, critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
    )
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def tls_context(shown: Signed, folder: Path) -> ssl.SSLContext:
    """Return the context of a server that shows a certificate."""
    key = shown.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "server.pem"
    path.write_bytes(key + shown.pem.encode())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


class Web(BaseHTTPRequestHandler):
    """Answers as `answer` says, and notes who asked for what."""

    protocol_version = "HTTP/1.0"
    answer: Callable[[Web], tuple[int, dict[str, str], bytes]]
    seen: list[str]

    def do_HEAD(self) -> None:
        self._tell()

    def do_GET(self) -> None:
        self._tell()

    def _tell(self) -> None:
        self.seen.append(f"{self.command} {self.path}")
        status, headers, body = type(self).answer(self)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


class Served(NamedTuple):
    """A server's port, and what it was asked."""

    port: int
    seen: list[str]


Answering = Callable[[Web], tuple[int, dict[str, str], bytes]]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A probe that hangs up in the middle is no error here."""


@contextlib.contextmanager
def web(answer: Answering, context: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve on a free port of the loopback interface."""
    seen: list[str] = []
    handler = type("Handler", (Web,), {"answer": staticmethod(answer), "seen": seen})
    with _serving(handler, context) as port:
        yield Served(port, seen)


@contextlib.contextmanager
def _serving(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    server = _Quiet((LOOPBACK, 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def registry(users: dict[str, str], tokens: dict[str, str]) -> Answering:
    """Return a registry that asks for a token, which its own `/token` gives to its users.

    `tokens` fills with the tokens that it gave, by user; nobody's is that of "".
    """

    def answer(request: Web) -> tuple[int, dict[str, str], bytes]:
        given = request.headers.get("Authorization", "")
        if request.path.startswith("/token"):
            known = {basic(*login): login[0] for login in users.items()}
            if given and given not in known:
                return 401, {}, b""
            tokens[known.get(given, "")] = f"token-of-{known.get(given, '')}"
            return 200, {}, json.dumps({"token": tokens[known.get(given, "")]}).encode()
        if given.removeprefix("Bearer ") not in tokens.values() or not given:
            realm = f"http://{request.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="r",scope="repository:a:pull"'
            return 401, {"WWW-Authenticate": challenge}, b""
        if "oci.image.index" not in request.headers.get("Accept", ""):
            return 404, {}, b""
        return (200 if "/here/" in request.path else 404), {}, b""

    return answer


class Proxy(BaseHTTPRequestHandler):
    """A proxy that lets whoever has the right login through, to the loopback interface."""

    protocol_version = "HTTP/1.0"
    login: str
    seen: list[str]

    def do_CONNECT(self) -> None:
        self.seen.append(f"CONNECT {self.path}")
        if not self._may():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            _pump(self.connection, far)

    def do_HEAD(self) -> None:
        self.seen.append(f"HEAD {self.path}")
        if self._may():
            self.send_response(204)
            self.end_headers()

    def _may(self) -> bool:
        if self.login and self.headers.get("Proxy-Authorization") != self.login:
            self.send_response(407)
            self.end_headers()
            return False
        return True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


def _pump(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    while readable := select.select([near, far], [], [], 5)[0]:
        for sock in readable:
            data = sock.recv(65536)
            if not data:
                return
            other[sock].sendall(data)


@contextlib.contextmanager
def proxy(login: str = "") -> Iterator[Served]:
    """Serve a proxy; `login` is the header that it wants, empty for none."""
    seen: list[str] = []
    with _serving(type("Handler", (Proxy,), {"login": login, "seen": seen})) as port:
        yield Served(port, seen)
