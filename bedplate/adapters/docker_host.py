"""A Docker engine and its host, through Docker's API and, where it is this machine, the kernel."""

from __future__ import annotations

import errno
import platform
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker  # type: ignore[import-untyped]
import docker.errors  # type: ignore[import-untyped]
import requests

from bedplate.errors import Owner, TemporaryError
from bedplate.ports.host import HostFacts

SECONDS = 10.0
DEFAULT_ENGINE = "unix:///var/run/docker.sock"
SYSCTLS = (
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
)
PROC_SYS = Path("/proc/sys")
MIB, GIB = 2**20, 2**30

Json = Mapping[str, object]


class DockerEngine:
    """One Docker engine by its address, `unix:///…` or `tcp://…`; every call has a deadline.

    What Docker does not say (free disk, kernel limits, who listens) is read from this machine's
    kernel, and only where it is the one that the engine runs on.
    """

    def __init__(self, address: str = DEFAULT_ENGINE, *, seconds: float = SECONDS) -> None:
        self._address = address
        self._seconds = seconds

    def look(self, tcp_ports: tuple[int, ...] = ()) -> HostFacts:
        """Return what there is; raises TemporaryError DOCKER_UNREACHABLE."""
        try:
            with docker.APIClient(self._address, version="auto", timeout=self._seconds) as client:
                version, info = client.version(), client.info()
                published = _published(client.containers()) if tcp_ports else frozenset()
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            raise _unreachable(self._address, error) from error
        here = self._address.startswith("unix:") and _text(info, "KernelVersion") == _kernel()
        taken = {port for port in tcp_ports if here and _is_busy(port)} | published
        return HostFacts(
            version=_text(version, "Version"),
            api_version=_text(version, "ApiVersion"),
            operating_system=_text(info, "OperatingSystem"),
            memory_mib=_number(info, "MemTotal") // MIB,
            cpus=_number(info, "NCPU"),
            # An engine that does not say is older than version 2 of cgroups.
            cgroup_version=int(_text(info, "CgroupVersion") or "1"),
            cgroup_driver=_text(info, "CgroupDriver"),
            storage_driver=_text(info, "Driver"),
            disk_free_gib=_disk_free(_text(info, "DockerRootDir")) if here else None,
            sysctls=dict(_sysctls()) if here else {},
            busy_ports=tuple(port for port in tcp_ports if port in taken),
        )


def _text(found: Json, key: str) -> str:
    value = found.get(key)
    return "" if value is None else str(value)


def _number(found: Json, key: str) -> int:
    value = found.get(key)
    return value if isinstance(value, int) else 0


def _kernel() -> str:
    return platform.release()


def _published(containers: list[Json]) -> frozenset[int]:
    """Return the TCP ports of the host that containers have taken."""
    ports = [port for found in containers for port in _list(found, "Ports")]
    return frozenset(_number(port, "PublicPort") for port in ports if port.get("Type") == "tcp")


def _list(found: Json, key: str) -> list[Json]:
    value = found.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _disk_free(root: str) -> float | None:
    try:
        return shutil.disk_usage(root).free / GIB
    except OSError:  # the engine's folder is not seen from here, as in a container
        return None


def _sysctls() -> Iterator[tuple[str, int]]:
    for name in SYSCTLS:
        try:
            yield name, int((PROC_SYS / name.replace(".", "/")).read_text())
        except (OSError, ValueError):
            continue


def _is_busy(port: int) -> bool:
    """Say whether something listens on a TCP port of this machine, on any of its addresses."""
    tries: tuple[tuple[socket.AddressFamily, str], ...] = (
        (socket.AF_INET, "0.0.0.0"),  # noqa: S104 - bound for a moment, never listened on
        (socket.AF_INET6, "::"),
    )
    return any(_is_taken(family, host, port) for family, host in tries)


def _is_taken(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            # Without this, a connection that ended lately would count as a listener.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((host, port))
    except PermissionError:  # a low port, and this user is not root
        return _connects(family, port)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def _connects(family: socket.AddressFamily, port: int) -> bool:
    host = "::1" if family is socket.AF_INET6 else "127.0.0.1"
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _unreachable(address: str, error: Exception) -> TemporaryError:
    return TemporaryError(
        "DOCKER_UNREACHABLE",
        f"the Docker engine at {address} does not answer: {error}",
        why="the bootstrap cluster is a container on this engine",
        remedy="start it (systemctl start docker), let this user into the group docker,"
        " or name another engine; `docker version` shows whether it answers",
        owner=Owner.PLATFORM,
    )
