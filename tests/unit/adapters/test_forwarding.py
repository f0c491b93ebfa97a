"""A port of a pod, forwarded by a server that speaks the protocol of API servers."""

import contextlib
import socket
import threading

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve
from websockets.typing import Subprotocol

from bedplate.adapters.kubernetes.forwarding import PROTOCOL, forwarded
from bedplate.errors import TemporaryError
from bedplate.ports.kube import Kind, Ref

POD = Ref(Kind("v1", "Pod"), "kube-system", "etcd-w01")
GREETING = (2379).to_bytes(2, "little")


def kubeconfig(port):
    return (
        "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
        "contexts: [{name: a, context: {cluster: a, user: a}}]\n"
        f"clusters: [{{name: a, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n"
        "users: [{name: a, user: {token: hidden}}]\n"
    )


@contextlib.contextmanager
def api_server(answer):
    """Run a server whose `answer` gets the connection once both channels are greeted."""
    asked = []

    def accept(connection):
        asked.append((connection.request.path, connection.request.headers.get("Authorization")))
        connection.send(b"\0" + GREETING)
        connection.send(b"\1" + GREETING)
        with contextlib.suppress(ConnectionClosed, OSError):
            answer(connection)

    with serve(accept, "127.0.0.1", 0, subprotocols=[Subprotocol(PROTOCOL)]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1], asked
        server.shutdown()


def echo(connection):
    while frame := connection.recv():
        assert frame[0] == 0
        connection.send(frame)


def relay_to(port):
    """Return an answer that hands everything on to a port of this machine."""

    def relay(connection):
        with socket.create_connection(("127.0.0.1", port), 10) as other:

            def back():
                with contextlib.suppress(OSError, ConnectionClosed):
                    while part := other.recv(1 << 16):
                        connection.send(b"\0" + part)
                    connection.close()

            threading.Thread(target=back, daemon=True).start()
            while frame := connection.recv():
                other.sendall(frame[1:])

    return relay


def read(stream, size):
    parts = bytearray()
    while len(parts) < size and (part := stream.recv(1 << 16)):
        parts += part
    return bytes(parts)


def test_what_is_said_and_heard_comes_through_byte_for_byte():
    content = bytes(range(256)) * 4000
    with api_server(echo) as (port, asked), forwarded(kubeconfig(port), POD, 2379) as stream:
        sender = threading.Thread(target=stream.sendall, args=(content,))
        sender.start()
        assert read(stream, len(content)) == content
        sender.join(10)
    path = "/api/v1/namespaces/kube-system/pods/etcd-w01/portforward?ports=2379"
    assert asked == [(path, "Bearer hidden")]


def test_an_error_of_the_pod_ends_the_connection():
    with (
        api_server(lambda connection: connection.send(b"\1nothing listens")) as (port, _),
        forwarded(kubeconfig(port), POD, 2379) as stream,
    ):
        assert stream.recv(1) == b""


def test_nobody_there_is_temporary():
    with pytest.raises(TemporaryError) as caught, forwarded(kubeconfig(1), POD, 2379):
        pass
    assert caught.value.code == "NET_UNREACHABLE"
