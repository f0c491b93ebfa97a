"""Programs and files that come as Go modules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lab import versions
from lab.commands import run

BUILD_SECONDS = 1800.0
DOWNLOAD_SECONDS = 600.0

_VARIABLES = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-trimpath -buildvcs=false",
    "GOWORK": "off",
}


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of `versions.GO_PROGRAMS`, in `bin` below the lab's cache."""

    cache: Path

    def __getitem__(self, name: str) -> Path:
        """Return where a program is or would be."""
        return self.cache / "bin" / name

    def build(self) -> None:
        """Build what is missing or of another version; each is there whole or not at all.

        Raises PermanentError LAB_PROGRAM_MISSING (Go), LAB_PROGRAM_FAILED or LAB_PROGRAM_SLOW.
        """
        for name in versions.GO_PROGRAMS:
            self._build(name)

    def is_built(self, name: str) -> bool:
        """Return whether a program of the wanted version is there."""
        made = self._made(name)
        return made.is_file() and self[name].resolve() == made.resolve()

    def _build(self, name: str) -> None:
        if self.is_built(name):
            return
        module, version, main = versions.GO_PROGRAMS[name]
        made = self._made(name)
        made.parent.mkdir(parents=True, exist_ok=True)
        package = f"{module}/{main}" if main else module
        # go install renames the finished program into its place.
        run(
            ["nice", "-n", "5", "go", "install", "-ldflags", "-s -w", f"{package}@{version}"],
            timeout=BUILD_SECONDS,
            variables={**_VARIABLES, "GOBIN": str(made.parent)},
        )
        self[name].parent.mkdir(parents=True, exist_ok=True)
        link = self[name].with_name(f".{name}")
        link.unlink(missing_ok=True)
        link.symlink_to(made)
        link.replace(self[name])

    def _made(self, name: str) -> Path:
        version = versions.GO_PROGRAMS[name][1]
        return self.cache / "programs" / f"{name}-{version}" / name


def module(path: str, version: str) -> Path:
    """Return the folder of a Go module's files, downloaded now or before; nobody may write there.

    Raises PermanentError LAB_PROGRAM_MISSING (Go), LAB_PROGRAM_FAILED or LAB_PROGRAM_SLOW.
    """
    answer = run(
        ["go", "mod", "download", "-json", f"{path}@{version}"],
        timeout=DOWNLOAD_SECONDS,
        variables={"GOFLAGS": "", "GOWORK": "off"},
    )
    return Path(json.loads(answer)["Dir"])
