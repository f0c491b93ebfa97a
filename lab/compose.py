"""The image of Bedplate and its compose.yaml, on the lab's engine and from the lab's parts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deployments.container.make_secrets import main as make_secrets
from lab.archives import Layer, Put, Recipe, layer, write
from lab.commands import run
from lab.go_programs import COMPOSE
from lab.roots import POSTGRES, PYTHON, Root
from lab.up import Lab

ROOT = Path(__file__).resolve().parents[1]
DEPLOYMENTS = ROOT / "deployments"
CONTAINERS = Path(__file__).parent / "containers"
PROJECT = "bedplate-several"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine trusts; packages may come from where a company's own authority is needed."""

BUILD_SECONDS = 1200.0
UP_SECONDS = 600.0
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Compose:
    """What `docker compose` does with a copy of the repository's file."""

    lab: Lab
    say: Callable[[str], None]
    image: str
    postgres: str

    @property
    def folder(self) -> Path:
        """Return where the copy is, with the secrets beside it."""
        return self.lab.places.state / "compose"

    def secret(self, name: str) -> str:
        """Return one of the secrets."""
        return (self.folder / "secrets" / name).read_text()

    def build(self) -> None:
        """Build the image as its Dockerfile says, and what stands for Postgres' own."""
        python = self._base(PYTHON, [("/usr/local/bin/python", "/usr/bin/python3")])
        self.say(f"building {self.image} from deployments/Dockerfile")
        self._build(ROOT, DEPLOYMENTS / "Dockerfile", self.image, f"PYTHON={python}")
        database = self._base(POSTGRES, [])
        self._build(CONTAINERS, CONTAINERS / "Dockerfile", self.postgres, f"ROOT={database}")

    def up(self, *words: str) -> None:
        """Start all of it, or what is missing, and wait until everything is healthy."""
        if not self.folder.exists():
            shutil.copytree(DEPLOYMENTS, self.folder, ignore=shutil.ignore_patterns("secrets"))
            make_secrets(self.folder / "secrets")
        told = ("--detach", "--wait", "--no-build", "--pull", "never")
        self("up", *told, *words, timeout=UP_SECONDS)

    def down(self) -> None:
        """End all of it, and remove its networks and volumes."""
        self("down", "--volumes", "--remove-orphans", timeout=UP_SECONDS)

    def containers(self, service: str = "") -> list[str]:
        """Return the ids of what runs, of one service or of all."""
        return self("ps", "--quiet", *([service] if service else [])).split()

    def inside(self, service: str, *words: str) -> str:
        """Return what a command in a service's first container prints; raises LAB_PROGRAM_…."""
        return self("exec", "--no-TTY", service, *words, timeout=SECONDS)

    def __call__(self, *words: str, timeout: float = SECONDS) -> str:
        """Return what compose prints; raises LAB_PROGRAM_…."""
        file = self.folder / "compose.yaml"
        program = self.lab.programs[COMPOSE]
        return run(
            [program, "--project-name", PROJECT, "--file", file, *words],
            timeout=timeout,
            variables={
                "DOCKER_HOST": self.lab.places.docker,
                "DOCKER_CONFIG": str(self.folder / "docker"),
            },
        )

    def _base(self, root: Root, links: list[tuple[str, str]]) -> str:
        """Give the engine an image of Debian packages, unless it has it; returns its name."""
        archive = root.archive(self.lab.places.cache, self.say)
        name = f"bedplate-lab/{root.name}:{archive.stem.rpartition('-')[2]}"
        if not self.lab.engine.has_image(name):
            with tempfile.TemporaryDirectory(dir=self.lab.places.cache) as folder:
                trusted = [Put(AUTHORITIES, str(AUTHORITIES), 0o644)]
                own = layer(Path(folder) / "own.tar", trusted, links)
                write(Path(folder) / "image.tar", Recipe(name, (Layer.of(archive), own)))
                loaded = Path(folder) / "image.tar"
                self.lab.engine.docker("load", "--input", loaded, timeout=BUILD_SECONDS)
        return name

    def _build(self, context: Path, file: Path, name: str, argument: str) -> None:
        # The host's network: an engine without a bridge has no other for what a build runs.
        how = ("--network", "host", "--build-arg", argument, "--file", file, "--tag", name)
        self.lab.engine.docker("build", "--quiet", *how, context, timeout=BUILD_SECONDS)
