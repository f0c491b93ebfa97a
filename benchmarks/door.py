"""A door before an API server that counts the writes through it, and shuts before a given one.

What is on its way through a door when it shuts never arrives: the caller was killed before it.
"""

from __future__ import annotations

import base64
import http.client
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from lab.apiserver import kubeconfig_of

READING = frozenset({"GET", "HEAD", "OPTIONS"})
SECONDS = 60.0
LEFT_OUT = frozenset({"host", "connection", "content-length", "transfer-encoding", "keep-alive"})


@dataclass
class Writes:
    """The writes through some doors, in order. They shut before number `last`; 0: never."""

    last: int = 0
    shut: Callable[[], None] = lambda: None
    seen: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def may_pass(self, line: str) -> bool:
        """Count a write; False from the last one on, at which the caller is killed."""
        with self._lock:
            if self.last and len(self.seen) >= self.last:
                return False
            self.seen.append(line)
            if len(self.seen) != self.last:
                return True
            self.shut()
            return False


@contextmanager
def door(name: str, kubeconfig: str, writes: Writes) -> Iterator[str]:
    """Yield a kubeconfig whose requests pass a door to the server of another one."""
    host, context = _server(kubeconfig)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_write = self.command not in READING and "dryRun=All" not in self.path
            if is_write and not writes.may_pass(f"{name} {self.command} {self.path}"):
                self.close_connection = True
                return
            connection = http.client.HTTPSConnection(host, timeout=SECONDS, context=context)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in LEFT_OUT}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in LEFT_OUT:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

    server = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kubeconfig_of(f'{{server: "http://127.0.0.1:{server.server_port}"}}', "{}")
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked was killed."""


def _server(kubeconfig: str) -> tuple[str, ssl.SSLContext]:
    found = yaml.safe_load(kubeconfig)
    cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "certificate", Path(folder) / "key"]
        for file, key in zip(files, ("client-certificate-data", "client-key-data"), strict=True):
            file.write_bytes(base64.b64decode(user[key]))
        context.load_cert_chain(files[0], files[1])
    return urlsplit(cluster["server"]).netloc, context
