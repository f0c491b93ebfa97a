"""An HTTP server on the loopback interface that answers as a test says, for the adapter's tests."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, object] | None
    headers: dict[str, str]
    connection: int  # the client's port: the same as long as the connection lives


@dataclass(frozen=True)
class Reply:
    """One answer; a text is sent as it is, anything else as JSON."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Reply]


def group(name: str, *kinds: str) -> dict[str, object]:
    """Return a discovery document: one group with namespaced kinds of version v1."""
    resources = [
        {
            "resource": f"{kind.lower()}s",
            "responseKind": {"group": name, "version": "v1", "kind": kind},
            "scope": "Namespaced",
        }
        for kind in kinds
    ]
    versions = [{"version": "v1", "resources": resources}]
    return {"items": [{"metadata": {"name": name} if name else {}, "versions": versions}]}


GROUPS = group("", "ConfigMap", "Pod")


class Served:
    """The address, the kubeconfig that leads there, and what was asked so far."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[Asked] = []

    def kubeconfig(self, user: str = "{}") -> str:
        return (
            "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
            "contexts: [{name: a, context: {cluster: a, user: a}}]\n"
            f"clusters: [{{name: a, cluster: {{server: 'http://{LOOPBACK}:{self.port}'}}}}]\n"
            f"users: [{{name: a, user: {user}}}]\n"
        )


@contextlib.contextmanager
def serving(answer: Answering) -> Iterator[Served]:
    """Serve discovery of ConfigMaps and Pods, and what `answer` says to everything else."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            url = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(
                self.command,
                url.path,
                {name: values[-1] for name, values in parse_qs(url.query).items()},
                json.loads(text) if text else None,
                {name.lower(): value for name, value in self.headers.items()},
                self.client_address[1],
            )
            served.asked.append(asked)
            reply = Reply(200, GROUPS) if url.path == "/api" else answer(asked)
            data = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data.encode())))
            self.end_headers()
            self.wfile.write(data.encode())

        def __getattr__(self, name: str) -> Callable[[], None]:
            if not name.startswith("do_"):
                raise AttributeError(name)
            return self.handle_one

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            return

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    served = Served(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int, reason: str, message: str, **details: object) -> Reply:
    """Return an API server's `Status`."""
    body = {
        "kind": "Status",
        "code": code,
        "reason": reason,
        "message": message,
        "details": details,
    }
    return Reply(code, body)
