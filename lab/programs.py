"""Building the lab's programs, and fetching the modules whose files it uses.

A program is kept in the cache under a name made of all that it is built from, so an interrupted
build goes on where it was, and the second build takes no time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.commands import run
from lab.go_programs import GO_PROGRAMS, GoProgram

BUILD_SECONDS = 3600.0
DOWNLOAD_SECONDS = 600.0

SOURCES = Path(__file__).parent / "go"
_VARIABLES = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly",
    "GOWORK": "off",
    # The checksum database has no record of these; go.sum pins them all the same.
    "GONOSUMDB": "github.com/cilium/gobgp/v3,k8s.io/cloud-provider-vsphere",
}


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of `GO_PROGRAMS`, in `bin` below the lab's cache."""

    cache: Path

    def __getitem__(self, name: str) -> Path:
        """Return where a program is or would be."""
        return self.cache / "bin" / name

    def build(self, names: Iterable[str], say: Callable[[str], None] = lambda _: None) -> None:
        """Build what is missing or of other sources; each is there whole or not at all.

        Raises PermanentError LAB_PROGRAM_MISSING (Go), LAB_PROGRAM_FAILED or LAB_PROGRAM_SLOW.
        """
        release = run(["go", "env", "GOVERSION"], timeout=DOWNLOAD_SECONDS)
        for name in names:
            made = self._made(GO_PROGRAMS[name], release)
            if not made.is_file():
                say(f"building {name}")
                _compile(GO_PROGRAMS[name], made)
            self._link(name, made)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return which of the programs are not built, or from something else."""
        release = run(["go", "env", "GOVERSION"], timeout=DOWNLOAD_SECONDS)
        return tuple(name for name in names if not self._made(GO_PROGRAMS[name], release).is_file())

    def _made(self, program: GoProgram, release: str) -> Path:
        digest = hashlib.sha256(release.encode())
        for word in ("build", *program.flags(), program.package):
            digest.update(f"{word}\n".encode())
        for path in sorted((SOURCES / program.folder).iterdir()):
            if path.name in {"go.mod", "go.sum"} or _is_source(path):
                digest.update(path.name.encode() + path.read_bytes())
        return self.cache / "programs" / f"{program.name}-{digest.hexdigest()[:16]}"

    def _link(self, name: str, made: Path) -> None:
        if self[name].resolve() == made.resolve():
            return
        self[name].parent.mkdir(parents=True, exist_ok=True)
        link = self[name].with_name(f".{name}")
        link.unlink(missing_ok=True)
        link.symlink_to(made)
        link.replace(self[name])


def _compile(program: GoProgram, made: Path) -> None:
    made.parent.mkdir(parents=True, exist_ok=True)
    unfinished = made.with_name(f".{made.name}")
    run(
        ["go", "build", *program.flags(), "-o", unfinished, program.package],
        timeout=BUILD_SECONDS,
        folder=SOURCES / program.folder,
        variables=_VARIABLES,
    )
    unfinished.replace(made)


def _is_source(path: Path) -> bool:
    return path.suffix == ".go" and not path.name.endswith("_test.go")


def module(path: str, version: str) -> Path:
    """Return the folder of a Go module's files, downloaded now or before; nobody may write there.

    Raises PermanentError LAB_PROGRAM_MISSING (Go), LAB_PROGRAM_FAILED or LAB_PROGRAM_SLOW.
    """
    answer = run(
        ["go", "mod", "download", "-json", f"{path}@{version}"],
        timeout=DOWNLOAD_SECONDS,
        variables={"GOFLAGS": "", "GOWORK": "off", "GONOSUMDB": _VARIABLES["GONOSUMDB"]},
    )
    return Path(json.loads(answer)["Dir"])
