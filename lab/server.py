"""A small https server of one folder: `python -m lab.server FOLDER …`.

It says in one line of JSON on its standard output where it listens, and then serves until it is
told to end (SIGTERM or SIGINT).
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import signal
import ssl
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lab.authority import Authority, Certified
from lab.services import Service, answers_over_tls

PATIENCE = 30.0
"""Seconds that a client may be silent."""


class _Files(SimpleHTTPRequestHandler):
    """Files as they are; no listings, since what is there is named by the manifests."""

    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        del path
        self.send_error(404, "File not found")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say in one line that a client left, or does not believe our certificate."""
        sys.stderr.write(f"{client_address}: {sys.exception()}\n")


@contextmanager
def serving(folder: Path, address: tuple[str, int], certified: Certified) -> Iterator[str]:
    """Serve a folder in a thread while the block runs; gives the base URL. Port 0 is a free one."""
    server = _server(folder, address, certified)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield _base(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def server(folder: Path, state: Path, address: tuple[str, int], authority: Authority) -> Service:
    """Return the server of a folder as a process of its own, to start and to stop."""
    host, port = address
    leaf = authority.leaf("server", [host])
    folder.mkdir(parents=True, exist_ok=True)
    command = (
        *(sys.executable, "-m", "lab.server", str(folder.absolute())),
        *("--host", host, "--port", str(port)),
        *("--certificate", str(leaf.certificate.absolute())),
        *("--key", str(leaf.key.absolute())),
    )
    base = f"https://{host}:{port}"
    answers = functools.partial(answers_over_tls, f"{base}/", authority.files.certificate)
    return Service("server", command, base, answers, state)


def main(words: Sequence[str]) -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="lab.server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    given = parser.parse_args(words)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    certified = Certified(given.certificate, given.key)
    with serving(given.folder, (given.host, given.port), certified) as base:
        sys.stdout.write(json.dumps({"address": base}) + "\n")
        sys.stdout.flush()
        ended.wait()


def _server(folder: Path, address: tuple[str, int], certified: Certified) -> _Server:
    server = _Server(address, functools.partial(_Files, directory=str(folder)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certified.certificate, certified.key)
    # The handshake waits for the client, so it is left to the thread of each connection.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    return server


def _base(server: _Server) -> str:
    host, port = server.server_address[:2]
    return f"https://{host if isinstance(host, str) else host.decode()}:{port}"


if __name__ == "__main__":
    main(sys.argv[1:])
