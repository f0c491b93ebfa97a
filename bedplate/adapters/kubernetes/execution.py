"""Running a program in a pod: what it writes comes back over one websocket, as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bedplate.adapters.kubernetes.faults import unreachable
from bedplate.adapters.kubernetes.kubeconfig import client_of
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import Ref

if TYPE_CHECKING:
    from websocket import WebSocket

PROTOCOL = "v4.channel.k8s.io"
OUTPUT, ERRORS, ENDING = 1, 2, 3  # the channels of that protocol
SECONDS = 60.0  # between two frames; a snapshot comes in many
MOST_WORDS = 2000  # characters of what a program says on its standard error

Take = Callable[[bytes], object]


class Pods:
    """The pods of the cluster that a kubeconfig leads to."""

    def __init__(self, kubeconfig: str) -> None:
        self._kubeconfig = kubeconfig

    def run(self, pod: Ref, container: str, command: Sequence[str], take: Take) -> None:
        """Run a command to its end and hand its output on, part by part.

        Raises TemporaryError NET_UNREACHABLE, and PermanentError POD_COMMAND where it fails.
        """
        client = client_of(self._kubeconfig)
        try:
            socket = _connect(client, _path(pod, container, command), pod)
            try:
                _read(socket, pod, command, take)
            finally:
                socket.close()
        finally:
            client.close()


def _path(pod: Ref, container: str, command: Sequence[str]) -> str:
    query = [("container", container), ("stdout", "true"), ("stderr", "true")]
    query += [("command", word) for word in command]
    return f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/exec?{urlencode(query)}"


def _connect(client: object, path: str, pod: Ref) -> WebSocket:
    from kubernetes.client import ApiClient
    from websocket import WebSocketBadStatusException, WebSocketException, create_connection

    assert isinstance(client, ApiClient)  # noqa: S101 - the library is imported when it is needed
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
        )
        return made
    except WebSocketBadStatusException as error:
        raise _failed(pod, (), f"the API server answered {error.status_code}") from None
    except (WebSocketException, OSError) as error:
        raise unreachable(where, error) from None


def _read(socket: WebSocket, pod: Ref, command: Sequence[str], take: Take) -> None:
    from websocket import WebSocketException

    words, ending = "", b""
    try:
        while frame := socket.recv_data()[1]:
            channel, content = frame[0], frame[1:]
            if channel == OUTPUT:
                take(content)
            elif channel == ERRORS:
                words = (words + content.decode("utf-8", "replace"))[-MOST_WORDS:]
            elif channel == ENDING:
                ending = content
                break
    except (WebSocketException, OSError) as error:
        raise unreachable(f"{pod.identity}, while {command[0]} ran", error) from None
    _require_success(ending, pod, command, words)


def _require_success(ending: bytes, pod: Ref, command: Sequence[str], words: str) -> None:
    try:
        status = json.loads(ending)
    except ValueError:
        status = {}
    if not isinstance(status, dict) or status.get("status") != "Success":
        said = status.get("message") if isinstance(status, dict) else ""
        raise _failed(pod, command, " ".join(f"{said or 'it did not end well'}\n{words}".split()))


def _failed(pod: Ref, command: Sequence[str], said: str) -> PermanentError:
    return PermanentError(
        "POD_COMMAND",
        f"{' '.join(command[:3]) or 'a command'} in {pod.identity} failed: {said}",
        why="what it was to bring is not there",
        remedy=f"try it by hand: kubectl exec -n {pod.namespace} {pod.name} -- {' '.join(command)}",
        owner=Owner.PLATFORM,
    )
