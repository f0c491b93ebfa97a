"""Bringing the lab up: what runs, what it serves, and the files that name it."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from bedplate.adapters.files import FolderFiles
from lab import specification, versions
from lab.authority import Authority
from lab.building import Building
from lab.bundle import Contents, Published, publish
from lab.cilium_chart import Package, push
from lab.eksa import components, distro_definitions
from lab.engine import Engine
from lab.images import Images
from lab.manifests import manifests
from lab.places import BUNDLES, NETWORK, REGISTRY, Places
from lab.programs import Programs
from lab.registry import registry
from lab.server import server
from lab.services import Service
from lab.signing import signing_key
from lab.vcenter import USER
from lab.vcenter_service import MACHINES, VCenter
from lab.versions import Kubernetes

SITE = "lab"


@dataclass(frozen=True, slots=True)
class Lab:
    """All parts of the lab, on one machine."""

    places: Places
    say: Callable[[str], None]
    releases: tuple[Kubernetes, ...] = versions.USUAL

    @property
    def engine(self) -> Engine:
        """Return its Docker engine."""
        return Engine(self.places)

    @property
    def programs(self) -> Programs:
        """Return the programs that are built."""
        return Programs(self.places.cache)

    @property
    def building(self) -> Building:
        """Return how its parts are built."""
        return Building(self.places, self.programs, self.say, self.releases)

    @property
    def vcenter(self) -> VCenter:
        """Return its vCenter."""
        return VCenter(self.places)

    @property
    def home(self) -> Path:
        """Return the home of the commands that work in the lab."""
        return self.places.state / "home"

    @property
    def variables(self) -> Path:
        """Return the file that a shell reads before it works in the lab."""
        return self.places.state / "env"

    def services(self) -> tuple[Service, ...]:
        """Return what runs beside the engine and the vCenter."""
        authority = Authority.of(self.places.state)
        return (
            registry(
                self.programs,
                self.places.state,
                self.places.cache / "registry",
                _address(REGISTRY),
                authority,
            ),
            server(self.places.state / "served", self.places.state, _address(BUNDLES), authority),
        )

    def up(self) -> None:
        """Bring everything up; what is up stays as it is. Raises PermanentError LAB_…."""
        self.say("starting the Docker engine")
        self.engine.start()
        digests = self.building.images(self.engine)
        self.say("starting registry and bundle server")
        (self.places.state / "served").mkdir(exist_ok=True)
        for service in self.services():
            service.start()
        self.say("publishing the bundle")
        published = self._publish(digests)
        self.say("starting the vCenter")
        if self.vcenter.service().pid is None:
            # Of an earlier one, which was ended while the engine still made them.
            self.engine.remove_containers("--filter", f"label={MACHINES}")
        self.vcenter.start(self.releases)
        self._point_at(published)
        self.describe(specification.Wanted())

    def describe(self, wanted: specification.Wanted) -> None:
        """Write the specification of a cluster, below the state as `NAME.yaml`."""
        text = specification.cluster(self.vcenter.connection().thumbprint, wanted)
        FolderFiles(self.places.state).write(f"{wanted.name}.yaml", text)

    def down(self) -> None:
        """End everything and remove its state; what is built stays in the cache."""
        self.vcenter.service().stop()
        for service in self.services():
            service.stop()
        self.engine.stop()

    def reset(self) -> None:
        """End everything and forget it; what is built stays."""
        self.down()
        shutil.rmtree(self.places.state, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """Return the variables of a command that works in the lab; one of them is a secret."""
        return {
            "BEDPLATE_HOME": str(self.home.absolute()),
            "EKSA_VSPHERE_USERNAME": USER,
            "EKSA_VSPHERE_PASSWORD": self.vcenter.password,
            "DOCKER_HOST": self.places.docker,
            "LAB": str(self.places.state.absolute()),
        }

    def _publish(self, digests: dict[str, str]) -> Published:
        images, authority = Images(REGISTRY), Authority.of(self.places.state)
        package = Package(self.places.cache, images).make(self.programs)
        chart = push(self.programs, package, images, authority.files.certificate)
        made = manifests(self.programs, images, components(images), distro_definitions())
        contents = Contents(f"https://{BUNDLES}", images, digests, made, chart, self.releases)
        return publish(self.places.state / "served", contents, signing_key(self.places.state))

    def _point_at(self, published: Published) -> None:
        """Write the site, and the variables of a shell."""
        state = self.places.state.absolute()
        key = str(state / "bundle.pub")
        site = {
            "kind": "vsphere",
            "docker": {"host": self.places.docker, "network": NETWORK},
            "bundle": {
                "releases": published.releases,
                "key": key,
                "distro_key": key,
                "ca_file": str(Authority.of(state).files.certificate),
            },
            "programs": {name: str(self.programs[name]) for name in ("kind", "helm")},
        }
        FolderFiles(self.home).write("sites.yaml", yaml.safe_dump({SITE: site}, sort_keys=False))
        files = FolderFiles(state)
        lines = [f"export {name}={shlex.quote(text)}" for name, text in self.environment().items()]
        lines.append(f'export PATH={shlex.quote(str(self.places.programs))}:"$PATH"')
        files.write("env", "\n".join([*lines, ""]), private=True)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)
