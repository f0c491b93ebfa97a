"""The lab's own Docker engine, beside the user's: another socket, other folders, no bridge."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.commands import run, succeeds
from lab.places import CONTAINERS, HOST, NETWORK, OTHERS, SUBNET, Places
from lab.services import Service

SECONDS = 120.0
SETTINGS = "engine.json"
SYS_RESOURCE = 24
"""The number of CAP_SYS_RESOURCE (capabilities(7))."""

RUNTIME = Path(__file__).parent / "node" / "runtime"
CONNTRACK = Path("/proc/sys/net/netfilter/nf_conntrack_max")
INOTIFY = Path("/proc/sys/fs/inotify")
LIMITS = {
    INOTIFY / "max_user_instances": 1024,
    INOTIFY / "max_user_watches": 524288,
}


@dataclass(frozen=True, slots=True)
class Engine:
    """dockerd with its images in the cache and everything else in the lab's state."""

    places: Places

    @property
    def service(self) -> Service:
        """Return the engine as a service, to start and to stop."""
        state = self.places.state.absolute()
        command = (shutil.which("dockerd") or "dockerd", "--config-file", str(state / SETTINGS))
        return Service("dockerd", command, self.places.docker, self.answers, state)

    def start(self) -> None:
        """Start the engine and its network unless they are there; raises LAB_… errors."""
        state = self.places.state
        state.mkdir(parents=True, exist_ok=True)
        (state / SETTINGS).write_text(json.dumps(self._settings()))
        self.service.start()
        self._make_network()
        _raise_limits()

    def stop(self) -> None:
        """Remove every container, the network and the volumes, then end the engine."""
        if self.answers():
            self.remove_containers()
            self.docker("volume", "prune", "--force")
            if NETWORK in self.docker("network", "ls", "--format", "{{.Name}}").split():
                self.docker("network", "rm", NETWORK)
        self.service.stop()

    def remove_containers(self, *which: str) -> None:
        """Remove the containers that `docker ps` lists with these words, or all of them."""
        if ids := self.docker("ps", "--all", "--quiet", *which).split():
            self.docker("rm", "--force", "--volumes", *ids)

    def docker(self, *words: str | Path, timeout: float = SECONDS) -> str:
        """Return what the docker command prints, of this engine; raises LAB_PROGRAM_…."""
        return run(["docker", "--host", self.places.docker, *words], timeout=timeout)

    def has_image(self, name: str) -> bool:
        """Say whether the engine holds an image."""
        return bool(self.docker("images", "--quiet", name).strip())

    def answers(self) -> bool:
        """Say whether the engine answers."""
        socket = self.places.state / "docker.sock"
        if not socket.exists():
            return False
        return succeeds(["docker", "--host", self.places.docker, "version"], timeout=SECONDS)

    def _settings(self) -> dict[str, object]:
        state, cache = self.places.state, self.places.cache
        settings: dict[str, object] = {
            "hosts": [self.places.docker],
            "data-root": str(cache / "docker"),
            "exec-root": str(state / "docker"),
            "pidfile": str(state / "docker.pid"),
            "bridge": "none",
            "default-address-pools": [{"base": OTHERS, "size": 24}],
            "live-restore": False,
        }
        if not _may_raise_limits():
            settings |= {
                "runtimes": {"lab": {"path": str(RUNTIME)}},
                "default-runtime": "lab",
            }
        return settings

    def _make_network(self) -> None:
        if NETWORK in self.docker("network", "ls", "--format", "{{.Name}}").split():
            return
        self.docker(
            "network",
            "create",
            f"--subnet={SUBNET}",
            f"--ip-range={CONTAINERS}",
            f"--gateway={HOST}",
            "--opt=com.docker.network.bridge.name=bedplate-lab",
            NETWORK,
        )


def _may_raise_limits() -> bool:
    """Say whether this machine may give CAP_SYS_RESOURCE to a container."""
    status = Path("/proc/self/status").read_text()
    bounds = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    return bool(int(bounds.split()[1], 16) >> SYS_RESOURCE & 1)


def _raise_limits() -> None:
    """Set the kernel's limits as several machines in one need them."""
    if not CONNTRACK.exists() and shutil.which("modprobe"):
        run(["modprobe", "nf_conntrack"], timeout=SECONDS)
    if CONNTRACK.exists():
        # kube-proxy insists on this very number, and may not write it in a container.
        CONNTRACK.write_text(str(max(131072, 32768 * (os.cpu_count() or 1))))
    for path, wanted in LIMITS.items():
        if path.exists() and int(path.read_text()) < wanted:
            path.write_text(str(wanted))
