"""The Docker engine that the bootstrap cluster runs on, as preflight sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a Docker engine says of itself and its host; None where it cannot be known from here.

    `sysctls` holds kernel limits by name, such as `fs.inotify.max_user_watches`. `busy_ports` are
    those of the asked-for TCP ports that something listens on.
    """

    version: str
    api_version: str
    operating_system: str
    memory_mib: int
    cpus: int
    cgroup_version: int
    cgroup_driver: str
    storage_driver: str
    disk_free_gib: float | None = None
    sysctls: Mapping[str, int] = field(default_factory=dict)
    busy_ports: tuple[int, ...] = ()


class DockerHost(Protocol):
    """One Docker engine; raises TemporaryError DOCKER_UNREACHABLE."""

    def look(self, tcp_ports: tuple[int, ...] = ()) -> HostFacts:
        """Return what there is; starts no container and binds no port for longer than a test."""
        ...
