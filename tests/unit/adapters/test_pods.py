"""Running a program in a pod, against a server that speaks the protocol of API servers."""

import contextlib
import json
import threading

import pytest
from websockets.sync.server import serve
from websockets.typing import Subprotocol

from bedplate.adapters.kubernetes.execution import PROTOCOL, Pods
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Ref

POD = Ref(Kind("v1", "Pod"), "kube-system", "etcd-w01")
SUCCESS = json.dumps({"status": "Success"}).encode()
FAILURE = json.dumps({"status": "Failure", "message": "command terminated with code 1"}).encode()


def kubeconfig(port):
    return (
        "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
        "contexts: [{name: a, context: {cluster: a, user: a}}]\n"
        f"clusters: [{{name: a, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n"
        "users: [{name: a, user: {token: hidden}}]\n"
    )


@contextlib.contextmanager
def answering(*frames):
    asked = []

    def answer(connection):
        request = connection.request
        asked.append((request.path, request.headers.get("Authorization")))
        for frame in frames:
            connection.send(frame)

    with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol(PROTOCOL)]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1], asked
        server.shutdown()


def run(port, *command):
    taken = []
    Pods(kubeconfig(port)).run(POD, "etcd", command, taken.append)
    return b"".join(taken)


def test_what_a_program_writes_comes_back_byte_for_byte():
    content = bytes(range(256)) * 40
    frames = (b"\1" + content[:5000], b"\2a warning", b"\1" + content[5000:], b"\3" + SUCCESS)
    with answering(*frames) as (port, asked):
        assert run(port, "cat", "/a file") == content
    path, authorization = asked[0]
    assert path.startswith("/api/v1/namespaces/kube-system/pods/etcd-w01/exec?container=etcd")
    assert path.endswith("command=cat&command=%2Fa+file")
    assert authorization == "Bearer hidden"


def test_a_program_that_fails_says_why():
    frames = (b"\2no such file", b"\3" + FAILURE)
    with answering(*frames) as (port, _), pytest.raises(PermanentError) as caught:
        run(port, "cat", "/nothing")
    assert caught.value.code == "POD_COMMAND"
    assert "code 1 no such file" in caught.value.seen
    assert "kubectl exec -n kube-system etcd-w01 -- cat /nothing" in caught.value.remedy


def test_an_output_that_was_cut_off_is_no_success():
    with answering(b"\1half") as (port, _), pytest.raises((PermanentError, TemporaryError)):
        run(port, "cat", "/etcd")


def test_nobody_there_is_temporary():
    with pytest.raises(TemporaryError) as caught:
        run(1, "cat", "/etcd")
    assert caught.value.code == "NET_UNREACHABLE"
