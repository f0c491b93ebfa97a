"""What checks may rely on of a Docker engine: a simulated one, one made here, and a real one."""

from __future__ import annotations

import json
import platform
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bedplate.adapters.docker_host import DEFAULT_ENGINE, DockerEngine
from bedplate.errors import TemporaryError
from bedplate.ports.host import DockerHost, HostFacts
from bedplate.simulation import Fault, SimulatedSite
from bedplate.simulation.host import USUAL, set_up_host
from bedplate.spec import load_file
from lab.ports import free_port
from tests.contract.sites import EXAMPLES

VERSION = {"Version": "29.1.3", "ApiVersion": "1.52", "MinAPIVersion": "1.24"}
INFO = {
    "OperatingSystem": "Debian GNU/Linux 13",
    "MemTotal": 16 * 2**30,
    "NCPU": 4,
    "CgroupVersion": "2",
    "CgroupDriver": "systemd",
    "Driver": "overlay2",
    "DockerRootDir": "/",
}


class Engine:
    """Docker's API as far as it is asked, on a socket; `info` and `containers` can be changed."""

    def __init__(self, path: Path) -> None:
        self.info: dict[str, Any] = {**INFO, "KernelVersion": platform.release()}
        self.containers: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.address = f"unix://{path}"
        self._server = _OnSocket(str(path), _handler(self))  # type: ignore[arg-type]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def answer(self, path: str) -> object:
        """Return what the engine says at a path."""
        self.asked.append(path)
        answers = {"version": VERSION, "info": self.info, "json": self.containers}
        return answers[path.partition("?")[0].rpartition("/")[2]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _OnSocket(ThreadingHTTPServer):
    address_family = socket.AF_UNIX
    daemon_threads = True

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


def _handler(engine: Engine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(engine.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "socket"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            return

    return Handler


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    made = Engine(tmp_path / "docker.sock")
    yield made
    made.close()


def simulated(request) -> DockerHost:
    site = SimulatedSite(request.getfixturevalue("tmp_path") / "site")
    return site.open(load_file(EXAMPLES / "vsphere-standalone.yaml")).host


def made_here(request) -> DockerHost:
    return DockerEngine(request.getfixturevalue("engine").address)


def really_there(request) -> DockerHost:
    found = DockerEngine()
    try:
        found.look()
    except TemporaryError as error:
        pytest.skip(f"no Docker engine here: {error}")
    return found


HOSTS: tuple[Callable[[Any], DockerHost], ...] = (simulated, made_here, really_there)


@pytest.fixture(params=HOSTS, ids=[made.__name__ for made in HOSTS])
def host(request) -> DockerHost:
    return request.param(request)


# -- every engine --------------------------------------------------------------------------------


def test_an_engine_says_what_it_is(host):
    facts = host.look()
    assert facts.version.partition(".")[0].isdecimal()
    assert facts.api_version
    assert facts.operating_system
    assert facts.memory_mib > 0
    assert facts.cpus > 0
    assert facts.cgroup_version in (1, 2)
    assert facts.cgroup_driver
    assert facts.storage_driver
    assert facts.disk_free_gib is None or facts.disk_free_gib >= 0


def test_a_look_changes_nothing_and_free_ports_stay_free(host):
    port = free_port()
    first, second = host.look((port,)), host.look((port,))
    assert first.busy_ports == second.busy_ports == ()
    assert replace(first, disk_free_gib=0, sysctls={}) == replace(
        second, disk_free_gib=0, sysctls={}
    )


# -- the simulated one ---------------------------------------------------------------------------


def test_a_simulated_engine_is_as_it_was_set_up(tmp_path):
    site = SimulatedSite(tmp_path / "site")
    host = site.open(load_file(EXAMPLES / "vsphere-standalone.yaml")).host
    assert host.look() == USUAL
    wanted = replace(USUAL, memory_mib=2048, disk_free_gib=None, busy_ports=(80, 443))
    set_up_host(site.world, wanted)
    assert host.look((443, 6443)) == replace(wanted, busy_ports=(443,))
    again = SimulatedSite(tmp_path / "site")
    assert again.open(load_file(EXAMPLES / "vsphere-standalone.yaml")).host.look().cpus == 4


def test_a_simulated_engine_can_be_out_of_reach(tmp_path):
    site = SimulatedSite(tmp_path / "site")
    site.world.inject(Fault("host", "look", error="timeout", times=1))
    host = site.open(load_file(EXAMPLES / "vsphere-standalone.yaml")).host
    with pytest.raises(TemporaryError) as caught:
        host.look()
    assert caught.value.code == "DOCKER_UNREACHABLE"
    assert host.look() == USUAL


# -- the adapter ---------------------------------------------------------------------------------


def look(engine: Engine, *ports: int) -> HostFacts:
    return DockerEngine(engine.address).look(ports)


def test_the_engines_words_become_facts(engine):
    facts = look(engine)
    assert (facts.version, facts.api_version) == ("29.1.3", "1.52")
    assert facts.memory_mib == 16 * 1024
    assert (facts.cgroup_version, facts.cgroup_driver) == (2, "systemd")
    assert facts.storage_driver == "overlay2"


def test_on_this_machine_the_kernel_says_the_rest(engine):
    facts = look(engine)
    assert facts.disk_free_gib is not None
    limit = Path("/proc/sys/fs/inotify/max_user_watches")
    if limit.exists():
        assert facts.sysctls["fs.inotify.max_user_watches"] == int(limit.read_text())


def test_of_another_machine_only_what_its_engine_says_is_known(engine):
    engine.info["KernelVersion"] = "6.1.0-of-another"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        facts = look(engine, listening.getsockname()[1])
    assert facts.disk_free_gib is None
    assert facts.sysctls == {}
    assert facts.busy_ports == ()


def test_a_folder_that_is_not_seen_from_here_is_not_guessed(engine):
    engine.info["DockerRootDir"] = "/nowhere/docker"
    assert look(engine).disk_free_gib is None


def test_an_engine_that_does_not_name_its_control_groups_has_the_old_ones(engine):
    del engine.info["CgroupVersion"]
    assert look(engine).cgroup_version == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_with_a_listener_is_busy(engine, host):
    free = free_port()
    with socket.create_server((host, 0)) as listening:
        busy = listening.getsockname()[1]
        assert look(engine, free, busy).busy_ports == (busy,)
    assert look(engine, busy).busy_ports == ()


def test_a_port_that_a_container_has_published_is_busy_wherever_the_engine_is(engine):
    engine.info["KernelVersion"] = "6.1.0-of-another"
    ports = [
        {"Type": "tcp", "PrivatePort": 80, "PublicPort": 8080},
        {"Type": "udp", "PrivatePort": 69, "PublicPort": 69},
        {"Type": "tcp", "PrivatePort": 9000},
    ]
    engine.containers = [{"Id": "a", "Ports": ports}, {"Id": "b", "Ports": None}]
    assert look(engine, 8080, 69, 9000).busy_ports == (8080,)


def test_containers_are_listed_only_where_ports_matter(engine):
    look(engine)
    assert not any("containers" in path for path in engine.asked)


def test_an_engine_that_is_not_there_can_come_back(tmp_path):
    with pytest.raises(TemporaryError) as caught:
        DockerEngine(f"unix://{tmp_path}/none.sock").look()
    assert caught.value.code == "DOCKER_UNREACHABLE"
    assert "systemctl start docker" in caught.value.remedy


def test_an_engine_that_keeps_silent_is_left_after_a_while(tmp_path):
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(1)
        with pytest.raises(TemporaryError):
            DockerEngine(f"unix://{path}", seconds=0.3).look()


def test_the_usual_engine_is_the_one_of_this_machine():
    assert DEFAULT_ENGINE == "unix:///var/run/docker.sock"
