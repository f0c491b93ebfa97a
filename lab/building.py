"""Building all that the lab consists of; what is built already is left as it is."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lab import versions
from lab.archives import Recipe, write
from lab.engine import Engine
from lab.go_programs import wanted
from lab.images import Images, KubernetesPart
from lab.machines import Builder, machines
from lab.places import REGISTRY, Places
from lab.programs import Programs
from lab.recipes import Recipes
from lab.roots import MACHINE, TOOLS
from lab.versions import Kubernetes


@dataclass(frozen=True, slots=True)
class Building:
    """Programs, Debian roots, images, machines."""

    places: Places
    programs: Programs
    say: Callable[[str], None]
    releases: tuple[Kubernetes, ...] = versions.USUAL

    def parts(self) -> None:
        """Build what needs no engine; raises LAB_PROGRAM_… errors."""
        self.programs.build(wanted(self.releases), self.say)
        for root in (MACHINE, TOOLS):
            root.archive(self.places.cache, self.say)

    def images(self, engine: Engine) -> dict[str, str]:
        """Make every image and give the machines' to the engine; return the images' digests."""
        self.parts()
        images = Images(REGISTRY)
        with tempfile.TemporaryDirectory(dir=self.places.cache, prefix=".layers-") as folder:
            made = Recipes(self.programs, images, Path(folder)).all(self.releases)
            recipes = [self._named(one) for one in made]
            archives = {recipe.name: self._archive(recipe) for recipe in recipes}
        builder = Builder(engine, self.programs, images, self.say)
        for release in self.releases:
            others = [one for one in self.releases if one != release]
            for machine in machines(images, release, others):
                builder.build(machine, release, [archives[name] for name in machine.holds])
        builder.forget_former()
        return {recipe.name: f"sha256:{recipe.digest}" for recipe in recipes}

    def _named(self, recipe: Recipe) -> Recipe:
        """Give the pause image the name that kubeadm asks for, too."""
        images = Images(REGISTRY)
        for release in self.releases:
            if recipe.name == images.of_kubernetes(KubernetesPart.PAUSE, release):
                repository, _, _ = recipe.name.rpartition(":")
                return replace(recipe, also=(f"{repository}:{release.pause}",))
        return recipe

    def _archive(self, recipe: Recipe) -> Path:
        names = hashlib.sha256(repr((recipe.name, recipe.also)).encode()).hexdigest()[:8]
        short = recipe.name.rpartition("/")[2].partition(":")[0]
        path = self.places.images / f"{short}-{recipe.digest[:16]}-{names}.tar"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, recipe)
        return path
