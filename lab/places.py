"""Where the lab is: its addresses, and its folders outside of the tree."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

NETWORK = "bedplate-lab"
SUBNET = "198.18.0.0/16"
"""Of the range reserved for tests of network devices (RFC 2544), so it meets nobody's network."""

OTHERS = "198.19.0.0/16"
"""The other half of that range: networks that compose makes."""

CONTAINERS = "198.18.0.0/17"
"""Docker gives out addresses of this half; those of control planes are in the other."""

HOST = "198.18.0.1"
"""This machine, as the lab's containers see it."""

VCENTER = HOST
"""The cloud provider asks at the usual port, whatever a specification says behind the name."""

BUNDLES = f"{HOST}:8990"
REGISTRY = f"{HOST}:5000"


@dataclass(frozen=True, slots=True)
class Places:
    """The lab's folders: what is built is kept in `cache`, what runs is in `state`."""

    cache: Path
    state: Path

    @property
    def programs(self) -> Path:
        """Where the built programs are, by name."""
        return self.cache / "bin"

    @property
    def images(self) -> Path:
        """Where the images' archives are, by name and content."""
        return self.cache / "images"

    @property
    def docker(self) -> str:
        """The address of the lab's own Docker engine."""
        return f"unix://{self.state / 'docker.sock'}"

    def program(self, name: str) -> Path:
        """Return where a program is or would be."""
        return self.programs / name


def places() -> Places:
    """Return the folders of this user's lab, which the environment may move."""
    return Places(
        cache=_folder("BEDPLATE_LAB_CACHE", "XDG_CACHE_HOME", ".cache"),
        state=_folder("BEDPLATE_LAB_STATE", "XDG_STATE_HOME", ".local/state"),
    )


def _folder(own: str, general: str, default: str) -> Path:
    if given := os.environ.get(own):
        return Path(given)
    return Path(os.environ.get(general) or Path.home() / default) / "bedplate-lab"
