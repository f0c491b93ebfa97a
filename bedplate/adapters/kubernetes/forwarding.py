"""A connection to a port of a pod, through the API server, as `kubectl port-forward` makes one."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bedplate.adapters.kubernetes.faults import unreachable
from bedplate.adapters.kubernetes.kubeconfig import client_of
from bedplate.errors import TemporaryError
from bedplate.ports.kube import Ref

if TYPE_CHECKING:
    from websocket import WebSocket

PROTOCOL = "v4.channel.k8s.io"
DATA, ERRORS = 0, 1  # the channels of that protocol for the only port
GREETINGS = 2  # the first frame of each channel repeats the port
SECONDS = 60.0  # between two frames
PART = 1 << 16


@contextmanager
def forwarded(kubeconfig: str, pod: Ref, port: int) -> Iterator[socket.socket]:
    """Yield a socket whose other end is a port of the pod; raises TemporaryError NET_UNREACHABLE.

    What comes is handed on only as fast as it is read, however much it is.
    """
    client = client_of(kubeconfig)
    with contextlib.closing(client), contextlib.closing(_connect(client, pod, port)) as tunnel:
        ours, other = socket.socketpair()
        ours.settimeout(SECONDS)
        pumps = [
            threading.Thread(target=pump, args=(tunnel, other), daemon=True)
            for pump in (_pump_in, _pump_out)
        ]
        for pump in pumps:
            pump.start()
        try:
            yield ours
        finally:
            ours.close()
            _end(other)
            _end(tunnel.sock)
            for pump in pumps:
                pump.join(SECONDS)
            other.close()


def _connect(client: object, pod: Ref, port: int) -> WebSocket:
    from kubernetes.client import ApiClient
    from websocket import WebSocketBadStatusException, WebSocketException, create_connection

    assert isinstance(client, ApiClient)  # noqa: S101 - the library is imported when it is needed
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward?ports={port}"
    where = str(client.configuration.host)
    headers: dict[str, str] = {}
    client.update_params_for_auth(headers, [], ["BearerToken"], path, "GET", None)
    context = client.rest_client.pool_manager.connection_pool_kw["ssl_context"]
    try:
        made: WebSocket = create_connection(
            where.replace("http", "ws", 1) + path,
            timeout=SECONDS,
            header=[f"{name}: {value}" for name, value in headers.items()],
            subprotocols=[PROTOCOL],
            sslopt={"context": context},
            enable_multithread=True,
        )
        for _ in range(GREETINGS):
            made.recv_data()
        return made
    except WebSocketBadStatusException as error:
        raise _refused(where, pod, error.status_code) from None
    except (WebSocketException, OSError) as error:
        raise unreachable(where, error) from None


def _pump_in(tunnel: WebSocket, other: socket.socket) -> None:
    """Hand on what the pod says, until either end closes."""
    from websocket import WebSocketException

    with contextlib.suppress(WebSocketException, OSError):
        while frame := tunnel.recv_data()[1]:
            if frame[0] != DATA:
                break
            other.sendall(frame[1:])
    _end(other)


def _pump_out(tunnel: WebSocket, other: socket.socket) -> None:
    """Hand on what is said to the pod, until either end closes."""
    from websocket import WebSocketException

    with contextlib.suppress(WebSocketException, OSError):
        while part := other.recv(PART):
            tunnel.send_binary(bytes([DATA]) + part)


def _end(side: socket.socket | None) -> None:
    """End both directions: closing alone wakes nobody who waits for something to read."""
    with contextlib.suppress(OSError):
        if side is not None:
            side.shutdown(socket.SHUT_RDWR)


def _refused(where: str, pod: Ref, status: int) -> TemporaryError:
    return unreachable(where, OSError(f"no way to {pod.identity}: it answered {status}"))
