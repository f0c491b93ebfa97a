"""Container images as archives that `docker load` and `ctr images import` read, made by hand.

Most of the lab's images are one program; an engine that builds is not needed for them, and the same
inputs give the same bytes. The format is that of `docker save` (Docker's image specification 1.2).
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Put:
    """A file of this machine, and where it stands in an image."""

    source: Path
    target: str
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: an uncompressed tar file and its digest."""

    path: Path
    digest: str

    @classmethod
    def of(cls, path: Path) -> Layer:
        """Return the layer that a tar file is."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return cls(path, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image: its names, its layers from the lowest, what it runs and as whom."""

    name: str
    layers: tuple[Layer, ...]
    entrypoint: tuple[str, ...] = ()
    user: str = ""
    stop_signal: str = ""
    variables: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return the digest of what the image is made of, without its name."""
        return hashlib.sha256(self.configuration()).hexdigest()

    def configuration(self) -> bytes:
        """Return the image's configuration, which names its layers."""
        settings: dict[str, object] = {"Env": [f"PATH={SEARCHED}", *self.variables]}
        if self.entrypoint:
            settings["Entrypoint"] = list(self.entrypoint)
        if self.user:
            settings["User"] = self.user
        if self.stop_signal:
            settings["StopSignal"] = self.stop_signal
        layers = self.layers
        body = {
            "architecture": "amd64",
            "os": "linux",
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{one.digest}" for one in layers]},
            "history": [{"created_by": "lab"} for _ in layers],
        }
        return json.dumps(body, sort_keys=True).encode()


def layer(path: Path, puts: Iterable[Put], links: Sequence[tuple[str, str]] = ()) -> Layer:
    """Write files, and symbolic links (name, target), as one layer; deterministic."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        seen: set[str] = set()
        for put in puts:
            _add_folders(tar, put.target, seen)
            entry = _entry(put.target, put.mode)
            entry.size = put.source.stat().st_size
            with put.source.open("rb") as file:
                tar.addfile(entry, file)
        for name, target in links:
            _add_folders(tar, name, seen)
            entry = _entry(name, 0o777)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return Layer.of(path)


def layer_of_folder(path: Path, folder: Path) -> Layer:
    """Write everything below a folder as one layer."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for inside in sorted(folder.iterdir()):
            tar.add(inside, arcname=inside.name)
    return Layer.of(path)


def write(path: Path, recipe: Recipe) -> None:
    """Write an image's archive, whole or not at all."""
    made = path.with_suffix(".new")
    configuration = recipe.configuration()
    config_name = f"{recipe.digest}.json"
    manifest = [
        {
            "Config": config_name,
            "RepoTags": [recipe.name, *recipe.also],
            "Layers": [f"{one.digest}/layer.tar" for one in recipe.layers],
        }
    ]
    with tarfile.open(made, "w") as tar:
        _add_bytes(tar, config_name, configuration)
        for one in recipe.layers:
            entry = _entry(f"{one.digest}/layer.tar", 0o644)
            entry.size = one.path.stat().st_size
            with one.path.open("rb") as file:
                tar.addfile(entry, file)
        _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
    made.replace(path)


def _add_folders(tar: tarfile.TarFile, target: str, seen: set[str]) -> None:
    for folder in reversed(Path(target.strip("/")).parents):
        name = str(folder)
        if name != "." and name not in seen:
            seen.add(name)
            entry = _entry(name, 0o755)
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = _entry(name, 0o644)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def _entry(name: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name.strip("/"))
    entry.mode = mode
    return entry
