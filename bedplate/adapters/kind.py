"""KinD clusters, by the program `kind` and the Docker engine that it works on.

A cluster is finished once `create` has returned for it: that leaves a mark in its node. What bears
no mark was begun by a process that died; nobody can have put anything into it, so it is made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker  # type: ignore[import-untyped]
import docker.errors  # type: ignore[import-untyped]
import requests

from bedplate.adapters.programs import Ended, run_program
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.kube import Manifest

NETWORK = "KIND_EXPERIMENTAL_DOCKER_NETWORK"
CLUSTER_LABEL = "io.x-k8s.kind.cluster"
MARK = "/kind/finished-by-bedplate"
CREATE_SECONDS = 540.0  # pulling a node image of a gigabyte takes minutes
SHORT_SECONDS = 60.0
API_SECONDS = 20.0
FRESH_SECONDS = 2.0
NO_ENGINE = "cannot connect to the docker daemon"


@dataclass(frozen=True, slots=True)
class _Kubeconfig:
    """What was asked for last: the node that it is of, and until when that is believed."""

    node: str
    text: str
    fresh_until: float


class KindClusters:
    """Throw-away clusters of one node on a Docker engine.

    `state` is a folder for locks and for what `kind` would write into a user's home. `network` is
    the engine's network that nodes join, KinD's own where it is empty. `variables` are for `kind`,
    such as a proxy, which it hands to the nodes.
    """

    def __init__(
        self,
        program: str,
        engine: str,
        state: Path,
        *,
        network: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._program = program
        self._engine = engine
        self._state = state
        self._variables = {"DOCKER_HOST": engine, "KIND_EXPERIMENTAL_PROVIDER": "docker"}
        self._variables |= variables or {}
        if network:
            self._variables[NETWORK] = network
        self._kubeconfigs: dict[str, _Kubeconfig] = {}
        self._lock = threading.Lock()

    def exists(self, name: str) -> bool:
        return self._node(name) is not None

    def state(self, name: str) -> BootstrapState:
        node = self._node(name)
        if node is None:
            return BootstrapState.ABSENT
        if not self._is_marked(node):
            return BootstrapState.UNFINISHED
        return BootstrapState.RUNNING if _is_running(node) else BootstrapState.STOPPED

    def create(self, name: str, config: Manifest, files: Mapping[str, str] | None = None) -> None:
        with self._alone(name) as lock:
            state = self.state(name)
            if state is BootstrapState.UNFINISHED:
                self._delete(name)
            if state in (BootstrapState.UNFINISHED, BootstrapState.ABSENT):
                self._make(name, config, files or {}, lock)
            elif state is BootstrapState.STOPPED:
                self._start(name)

    def delete(self, name: str) -> None:
        with self._alone(name):
            self._delete(name)

    def kubeconfig(self, name: str) -> str | None:
        """Return the administrator's kubeconfig; None where there is no cluster.

        The engine is asked again only after a moment, and `kind` only where the node is another
        one: every request to the cluster begins here.
        """
        with self._lock:
            known = self._kubeconfigs.get(name)
        if known is not None and time.monotonic() < known.fresh_until:
            return known.text
        node = self._node(name)
        if node is None:
            return None
        identity = str(node.get("Id"))
        text = known.text if known is not None and known.node == identity else ""
        if not text and _is_running(node):
            ended = self._kind("get", "kubeconfig", "--name", name, seconds=SHORT_SECONDS)
            text = ended.output if ended.status == 0 else ""  # its node may have none yet
        if not text:
            return _unreachable_kubeconfig(name)
        with self._lock:
            until = time.monotonic() + FRESH_SECONDS
            self._kubeconfigs[name] = _Kubeconfig(identity, text, until)
        return text

    # -- making and removing -------------------------------------------------------------------

    def _make(self, name: str, config: Manifest, files: Mapping[str, str], lock: int) -> None:
        with tempfile.TemporaryDirectory(dir=self._state, prefix=".create-") as folder:
            ended = self._kind(
                *("create", "cluster", "--name", name, "--config", "-", "--wait", "0s"),
                *("--kubeconfig", f"{folder}/kubeconfig"),
                seconds=CREATE_SECONDS,
                text=json.dumps(config),
                inherited=lock,
            )
        if ended.status != 0:
            raise _failed(f"KinD could not make the cluster {name}", ended, self._engine)
        node = self._node(name)
        if node is not None:
            self._put(node, files)
            self._put(node, {MARK: ""})

    def _delete(self, name: str) -> None:
        with tempfile.TemporaryDirectory(dir=self._state, prefix=".delete-") as folder:
            ended = self._kind(
                *("delete", "cluster", "--name", name, "--kubeconfig", f"{folder}/kubeconfig"),
                seconds=SHORT_SECONDS,
            )
        if ended.status != 0:
            raise _failed(f"KinD could not delete the cluster {name}", ended, self._engine)

    def _start(self, name: str) -> None:
        node = self._node(name)
        if node is not None:
            with self._client() as client:
                client.start(node["Id"])

    def _kind(self, *words: str, seconds: float, text: str = "", inherited: int = -1) -> Ended:
        return run_program(
            [self._program, *words],
            seconds=seconds,
            text=text,
            variables=self._variables,
            inherited=(inherited,) if inherited >= 0 else (),
        )

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[int]:
        """Hold the cluster's lock, which a running `kind` keeps even when its parent was killed."""
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._state / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with self._lock:
                self._kubeconfigs.pop(name, None)
            yield lock
        except BlockingIOError as error:
            raise TemporaryError(
                "BOOTSTRAP_BUSY",
                f"another process is making or deleting the bootstrap cluster {name}",
                why="what was killed here before may have left KinD at work",
                remedy="wait a minute, then run the same command again",
                owner=Owner.PLATFORM,
            ) from error
        finally:
            os.close(lock)

    # -- the engine ----------------------------------------------------------------------------

    def _node(self, name: str) -> Mapping[str, object] | None:
        """Return the cluster's node as the engine lists it, running or not."""
        with self._client() as client:
            found = client.containers(
                all=True, filters={"label": f"{CLUSTER_LABEL}={name}"}, limit=-1
            )
        return found[0] if found else None

    def _is_marked(self, node: Mapping[str, object]) -> bool:
        with self._client() as client:
            try:
                stream, _ = client.get_archive(node["Id"], MARK)
            except docker.errors.NotFound:
                return False
            for _ in stream:
                pass  # the connection is free only once all of it is read
        return True

    def _put(self, node: Mapping[str, object], files: Mapping[str, str]) -> None:
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as archive:
            for path, text in files.items():
                _add(archive, path.lstrip("/"), text.encode())
        with self._client() as client:
            client.put_archive(node["Id"], "/", content.getvalue())

    @contextlib.contextmanager
    def _client(self) -> Iterator[docker.APIClient]:
        try:
            with docker.APIClient(self._engine, version="auto", timeout=API_SECONDS) as client:
                yield client
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            raise _no_engine(self._engine, str(error)) from error


def _add(archive: tarfile.TarFile, path: str, content: bytes) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _is_running(node: Mapping[str, object]) -> bool:
    return node.get("State") == "running"


def _unreachable_kubeconfig(name: str) -> str:
    """Stand for a cluster that is there and cannot answer: it is silent, not absent."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": "https://127.0.0.1:1"}}],
            "users": [{"name": name, "user": {}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )


def _failed(what: str, ended: Ended, engine: str) -> TemporaryError | PermanentError:
    said = ended.last_words
    if NO_ENGINE in said.lower():
        return _no_engine(engine, said)
    if "invalid" in said.lower() and "config" in said.lower():
        return PermanentError(
            "BOOTSTRAP_CONFIG",
            f"{what}: {said}",
            why="KinD does not take its configuration",
            remedy="look at the program's version: kind version",
            owner=Owner.BEDPLATE,
        )
    seen = said if ended.status is not None else f"it was ended after its time was over; {said}"
    return TemporaryError(
        "BOOTSTRAP_FAILED",
        f"{what}: {seen}",
        why="the first machines are ordered by controllers in it",
        remedy="make the cause go away, then resume; what was begun is made anew",
        owner=Owner.PLATFORM,
    )


def _no_engine(engine: str, said: str) -> TemporaryError:
    return TemporaryError(
        "BOOTSTRAP_ENGINE",
        f"the Docker engine at {engine} does not answer as it should: {said}",
        why="the bootstrap cluster is a container on it",
        remedy=f"see whether it answers: docker --host {engine} ps; then resume",
        owner=Owner.PLATFORM,
    )
