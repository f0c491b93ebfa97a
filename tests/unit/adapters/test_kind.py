"""KinD's failures, told apart: with a script in its place, and as much of Docker's API as it needs.

What a real `kind` does is tested in tests/lab.
"""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bedplate.adapters.kind import KindClusters
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.bootstrap import BootstrapState

NAME = "w01-eks-a-cluster"
NODE = {"Id": "abc", "State": "running"}
CONFIG = {"kind": "Cluster"}


class Engine:
    """Docker's API on a socket: the containers there are, and whether they bear the mark."""

    def __init__(self, path: Path) -> None:
        self.nodes: list[dict[str, str]] = []
        self.marked = False
        self.started: list[str] = []
        self.address = f"unix://{path}"
        handler = type("Handler", (_Handler,), {"engine": self})
        address: Any = str(path)
        self._server = _OnSocket(address, handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _OnSocket(ThreadingHTTPServer):
    daemon_threads = True
    address_family = 1  # AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)


class _Handler(BaseHTTPRequestHandler):
    engine: Engine

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("/version"):
            self._answer(200, {"Version": "29.0", "ApiVersion": "1.44"})
        elif path.endswith("/archive"):
            self._archive()
        else:
            self._answer(200, self.engine.nodes)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.engine.marked = True
        self._answer(200, {})

    def do_POST(self) -> None:
        self.engine.started.append(self.path.split("/")[-2])
        self._answer(204, None)

    def _archive(self) -> None:
        if not self.engine.marked:
            self._answer(404, {"message": "no such file"})
            return
        self.send_response(200)
        self.send_header("X-Docker-Container-Path-Stat", "e30=")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"tar")

    def _answer(self, status: int, content: object) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "socket"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@pytest.fixture
def engine(tmp_path):
    made = Engine(tmp_path / "docker.sock")
    yield made
    made.close()


@pytest.fixture
def script(tmp_path, engine):
    """Return clusters whose `kind` is a shell script; its words are kept in the file `words`."""

    def write(body="exit 0", address=None):
        program = tmp_path / "kind"
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/words\n{body}\n')
        program.chmod(0o755)
        return KindClusters(str(program), address or engine.address, tmp_path / "state")

    return write


def words(tmp_path):
    return (tmp_path / "words").read_text().splitlines()


def test_a_cluster_is_made_without_a_users_kubeconfig(script, engine, tmp_path):
    engine_variable = f"cat > {tmp_path}/config; echo $DOCKER_HOST > {tmp_path}/host"
    script(engine_variable).create(NAME, CONFIG)
    (made,) = words(tmp_path)
    assert made.startswith(f"create cluster --name {NAME} --config - --wait 0s --kubeconfig")
    assert str(tmp_path / "state") in made
    assert json.loads((tmp_path / "config").read_text()) == CONFIG
    assert (tmp_path / "host").read_text().strip() == engine.address


def test_what_was_never_finished_is_made_anew(script, engine, tmp_path):
    engine.nodes = [NODE]
    clusters = script()
    assert clusters.state(NAME) is BootstrapState.UNFINISHED
    clusters.create(NAME, CONFIG)
    assert [line.split()[0] for line in words(tmp_path)] == ["delete", "create"]
    assert clusters.state(NAME) is BootstrapState.RUNNING


def test_what_is_finished_is_left_alone(script, engine, tmp_path):
    engine.nodes, engine.marked = [NODE], True
    script().create(NAME, CONFIG)
    assert not (tmp_path / "words").exists()


def test_what_was_stopped_is_started_and_never_made_anew(script, engine, tmp_path):
    engine.nodes, engine.marked = [{**NODE, "State": "exited"}], True
    clusters = script()
    assert clusters.state(NAME) is BootstrapState.STOPPED
    clusters.create(NAME, CONFIG)
    assert engine.started == ["abc"]
    assert not (tmp_path / "words").exists()


def test_a_cluster_that_is_there_and_silent_still_has_a_kubeconfig(script, engine):
    clusters = script("exit 1")
    assert clusters.kubeconfig(NAME) is None
    engine.nodes = [NODE]
    assert "https://127.0.0.1:1" in (clusters.kubeconfig(NAME) or "")


def test_the_kubeconfig_is_asked_for_once(script, engine, tmp_path):
    engine.nodes = [NODE]
    clusters = script("echo a kubeconfig")
    assert [clusters.kubeconfig(NAME) for _ in range(3)] == ["a kubeconfig\n"] * 3
    assert words(tmp_path) == [f"get kubeconfig --name {NAME}"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("echo 'Cannot connect to the Docker daemon at x' >&2; exit 1", "BOOTSTRAP_ENGINE"),
        ("echo 'failed to pull image: no space left on device' >&2; exit 1", "BOOTSTRAP_FAILED"),
    ],
)
def test_a_failure_can_be_tried_again(script, body, code):
    with pytest.raises(TemporaryError) as caught:
        script(body).create(NAME, CONFIG)
    assert caught.value.code == code


def test_a_configuration_that_kind_refuses_is_not_tried_again(script):
    with pytest.raises(PermanentError) as caught:
        script("echo 'ERROR: invalid config: unknown field' >&2; exit 1").create(NAME, CONFIG)
    assert caught.value.code == "BOOTSTRAP_CONFIG"


def test_an_engine_that_is_away_is_told(script):
    clusters = script(address="unix:///nowhere/docker.sock")
    for call in (clusters.exists, clusters.state, clusters.kubeconfig):
        with pytest.raises(TemporaryError) as caught:
            call(NAME)
        assert caught.value.code == "BOOTSTRAP_ENGINE"


def test_a_program_that_is_missing_is_told(engine, tmp_path):
    clusters = KindClusters("kind-of-nobody", engine.address, tmp_path / "state")
    with pytest.raises(PermanentError) as caught:
        clusters.create(NAME, CONFIG)
    assert caught.value.code == "PROGRAM_MISSING"


def test_a_kind_that_outlived_its_parent_is_waited_for(script, tmp_path):
    clusters = script()
    clusters.delete(NAME)
    lock = tmp_path / "state" / f"{NAME}.lock"
    with subprocess.Popen(
        ["flock", str(lock), "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as orphan:
        assert orphan.stdout is not None
        orphan.stdout.readline()
        with pytest.raises(TemporaryError) as caught:
            clusters.create(NAME, CONFIG)
        orphan.communicate("end\n")
    assert caught.value.code == "BOOTSTRAP_BUSY"
    clusters.create(NAME, CONFIG)
