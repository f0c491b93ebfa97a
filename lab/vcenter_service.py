"""The lab's vCenter: the simulator, with what an EKS Anywhere cluster needs and nothing else."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.files import FolderFiles
from lab.commands import succeeds
from lab.machines import guest
from lab.places import NETWORK, VCENTER, Places
from lab.services import Service
from lab.vcenter import CLUSTER, DATASTORE, POOL, TEMPLATES, USER, Vcsim, build
from lab.versions import Kubernetes

ADMIN = "127.0.0.1:8988"
READY_SECONDS = 30.0
PASSWORD = "vcenter.password"
FURNISHED = "vcenter.furnished"

# What kind gives its nodes; the engine has no network of its own but the lab's.
MACHINES = "io.bedplate.lab=machine"
"""The label of the containers that stand for virtual machines."""

GUEST = " ".join(
    [
        "--privileged",
        "--cgroupns=private",
        "--security-opt seccomp=unconfined",
        "--security-opt apparmor=unconfined",
        "--tmpfs /tmp",
        "--tmpfs /run",
        "--volume /var",
        "--volume /lib/modules:/lib/modules:ro",
        f"--network {NETWORK}",
        f"--label {MACHINES}",
    ]
)


def template(release: Kubernetes) -> str:
    """Return where the template of a Kubernetes version is in the inventory."""
    return f"{TEMPLATES}/ubuntu-2204-kube-v{release.minor}"


@dataclass(frozen=True, slots=True)
class VCenter:
    """The simulator as a service, and what is done to it through its admin port."""

    places: Places

    @property
    def password(self) -> str:
        """Return the user's password, made once per lab."""
        files = FolderFiles(self.places.state)
        found = files.read(PASSWORD)
        if found is None:
            found = secrets.token_urlsafe(18)
            files.write(PASSWORD, found, private=True)
        return found

    def service(self) -> Service:
        """Return the service; builds the simulator where it is not built yet."""
        return Service(
            "vcenter",
            (
                str(build()),
                "-stay",
                *("-listen", f"{VCENTER}:443", "-admin", ADMIN),
                *("-user", USER, "-password-file", str(self._password_file())),
                *("-machines", "0", "-networks", "0"),
            ),
            VCENTER,
            partial(succeeds, ["curl", "--silent", f"http://{ADMIN}/calls"], timeout=5.0),
            self.places.state.absolute(),
            (
                ("DOCKER_HOST", self.places.docker),
                # Its watch of the engine's events misses what is removed from outside.
                ("VCSIM_INSPECT_INTERVAL", "2s"),
            ),
        )

    def start(self, releases: Iterable[Kubernetes]) -> None:
        """Start it, and put there what it has not; raises LAB_… errors."""
        service, files = self.service(), FolderFiles(self.places.state)
        service.start()
        own, *minors = (files.read(FURNISHED) or "none").split()
        if own != str(service.pid):
            self.furnish()
            minors = []
        missing = [release for release in releases if release.minor not in minors]
        self._put_templates(missing)
        minors += [release.minor for release in missing]
        files.write(FURNISHED, " ".join([str(service.pid), *minors]))

    def furnish(self) -> None:
        """Name the cluster as the examples do."""
        vcsim = self.connection()
        vcsim.post("/rename", path="/DC0/host/DC0_C0", name=CLUSTER.rpartition("/")[2])
        vcsim.post("/pool", path=POOL, memoryMiB=-1, cpuMHz=-1)

    def _put_templates(self, releases: Iterable[Kubernetes]) -> None:
        """Put a template there for each version."""
        for release in releases:
            self.connection().machine(
                template(release),
                template=True,
                snapshots=1,
                datastore=DATASTORE,
                tags=["os:ubuntu", f"eksdRelease:{release.name}"],
                guest=f"{GUEST} {guest(release)}",
            )

    def connection(self) -> Vcsim:
        """Return how the simulator is reached, as it said when it started."""
        clock, deadline = SystemClock(), SystemClock().now() + READY_SECONDS
        log = self.places.state / "vcenter.log"
        while True:
            found = [line for line in log.read_text().splitlines() if line.startswith("{")]
            if found or clock.now() > deadline:
                return Vcsim(**json.loads(found[-1]))
            clock.sleep(0.1)

    def _password_file(self) -> Path:
        _ = self.password
        return (self.places.state / PASSWORD).absolute()
