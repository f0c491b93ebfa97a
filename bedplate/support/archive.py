"""Writes a bundle: part by part, each of which may fail alone, every text through the redactor."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from bedplate.errors import BadInput, BedplateError, Owner, PermanentError
from bedplate.ports.kube import Kube, Reach, Side
from bedplate.support import kube_parts, parts
from bedplate.support.parts import File, as_json
from bedplate.support.source import Source

Collect = Callable[[Source], Iterator[File]]

PARTS: tuple[tuple[str, Collect], ...] = (
    ("about", parts.about),
    ("specification", parts.specification),
    ("journal", parts.journal),
    ("plan", parts.plan),
    ("drift", parts.drift),
    ("vcenter", parts.vcenter),
    ("own logs", parts.own_logs),
)

READ_ME = """\
A support bundle of the cluster {cluster}, made by Bedplate.

index.json says which parts there are, and why a part is missing. Credentials were taken out: the
data of Secrets, the contents of machines' files, fields that are named like credentials, and
whatever the vault and the Secrets held, wherever it stood. Names of hosts, machines and users, and
addresses, are in it: read it before you give it away.
"""


@dataclass(frozen=True, slots=True)
class PartResult:
    """How a part ended: its files, and why there are no more."""

    name: str
    files: tuple[str, ...]
    code: str = ""
    seen: str = ""
    remedy: str = ""


def write_bundle(source: Source, path: Path) -> tuple[PartResult, ...]:
    """Write the bundle, at once or not at all; returns how each part ended.

    Raises BadInput BUNDLE_UNWRITABLE, and what the vault raises: without it nobody knows what has
    to be taken out.
    """
    source.remember_vault()
    with _file(path) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        unread = {side: _learn(source, side, kube) for side, kube in source.sides()}
        results = [
            _collect(source, archive, name, collect) for name, collect in _parts(source, unread)
        ]
        _add(archive, source, File("README", READ_ME.format(cluster=source.cluster)))
        _add(archive, source, File("index.json", as_json([asdict(one) for one in results])))
    return tuple(results)


def _learn(source: Source, side: Side, kube: Kube) -> BedplateError | None:
    """Let the redactor know a side's Secrets; returns why it could not."""
    try:
        kube_parts.remember_secrets(source, kube)
    except BedplateError as error:
        return PermanentError(
            "SECRETS_UNREAD",
            f"the Secrets of {side} could not be read ({error}), so what they hold could not be"
            " taken out of free texts",
            why="events and logs may repeat a credential",
            remedy="let this user list Secrets, or wait until the API server is well; then again",
            owner=Owner.PLATFORM,
        )
    return None


def _parts(
    source: Source, unread: Mapping[Side, BedplateError | None]
) -> Iterator[tuple[str, Collect]]:
    yield from PARTS
    for side, kube in source.sides():
        for name, collect, is_free_text in kube_parts.PARTS:
            left_out = unread[side] if is_free_text else None
            yield f"{side} {name}", _on_side(collect, side, kube, left_out)


def _on_side(
    collect: kube_parts.CollectSide, side: Side, kube: Kube, left_out: BedplateError | None
) -> Collect:
    def collect_side(_source: Source) -> Iterator[File]:
        if kube.reach() is Reach.ABSENT and collect is not kube_parts.reach:
            return iter(())  # a bootstrap cluster has gone once its work is done
        if left_out is not None:
            raise left_out
        return collect(side, kube)

    return collect_side


def _collect(source: Source, archive: tarfile.TarFile, name: str, collect: Collect) -> PartResult:
    """Add a part's files; what it had before it failed stays."""
    added: list[str] = []
    try:
        for file in collect(source):
            _add(archive, source, file)
            added.append(file.name)
    except BedplateError as error:
        seen, remedy = source.redactor.text(error.seen), source.redactor.text(error.remedy)
        return PartResult(name, tuple(added), error.code, seen, remedy)
    return PartResult(name, tuple(added))


def _add(archive: tarfile.TarFile, source: Source, file: File) -> None:
    data = source.redactor.text(file.text).encode(errors="replace")
    info = tarfile.TarInfo(f"support-{source.cluster}/{source.redactor.text(file.name)}")
    info.size, info.mtime, info.mode = len(data), int(time.time()), 0o600
    archive.addfile(info, io.BytesIO(data))


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a private file that takes its place once it is whole."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        "BUNDLE_UNWRITABLE",
        f"{path} cannot be written: {error.strerror}",
        why="the bundle is one file",
        remedy="name a file in a folder that exists and has room",
        owner=Owner.PLATFORM,
    )
