"""Which Bedplate this is."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def bedplate_version() -> str:
    """Return the version of the installed package, or of the checkout that this is run from."""
    try:
        return version("bedplate")
    except PackageNotFoundError:
        project = Path(__file__).parents[1] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
