"""The vault and the user's folder as plain files, written at once or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from bedplate.errors import Owner, PermanentError, TemporaryError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
PUBLIC_FILE = 0o644


class FileVault:
    """Secrets as files below one folder that only its owner may enter."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, name: str) -> str | None:
        """Return the secret, or None."""
        return _read(self._file(name))

    def put(self, name: str, text: str) -> None:
        """Keep the secret with mode 0600, at once or not at all."""
        file = self._file(name)
        with explained(file):
            make_private(self._root, file.parent)
        _write(file, text, PRIVATE_FILE)

    def delete(self, name: str) -> None:
        """Forget the secret; one that is gone is success."""
        _remove(self._file(name))

    def _file(self, name: str) -> Path:
        return _below(self._root, name)


class FolderFiles:
    """The user's folder for a cluster."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, name: str) -> str:
        """Return where a file of this name is or would be."""
        return str(_below(self._root, name))

    def read(self, name: str) -> str | None:
        """Return the file's text, or None."""
        return _read(_below(self._root, name))

    def write(self, name: str, text: str, *, private: bool = False) -> None:
        """Write the file, at once or not at all; `private` files get mode 0600."""
        file = _below(self._root, name)
        with explained(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, text, PRIVATE_FILE if private else PUBLIC_FILE)

    def remove(self, name: str) -> None:
        """Remove the file; one that is gone is success."""
        _remove(_below(self._root, name))


def _below(root: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or any(part in ("/", "..") for part in parts) or "\0" in name:
        raise PermanentError(
            "FILE_NAME",
            f"{name!r} is no name of a file below {root}",
            why="it would lead out of the folder",
            remedy="use a relative name without '..'",
            owner=Owner.BEDPLATE,
        )
    return root.joinpath(*parts)


def make_private(root: Path, folder: Path) -> None:
    """Make the folders from `root` on down that are missing, for their owner only."""
    missing = [one for one in (folder, *folder.parents) if one == root or root in one.parents]
    for one in reversed(missing):
        one.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def _read(file: Path) -> str | None:
    with explained(file):
        try:
            return file.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None


def _write(file: Path, text: str, mode: int) -> None:
    """Write beside the file, then rename: a reader sees the old text or the new, never a part."""
    with explained(file):
        handle, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                os.fchmod(handle, mode)
                stream.write(text)
                stream.flush()
                os.fsync(handle)
            Path(made).replace(file)
        finally:
            Path(made).unlink(missing_ok=True)
        _keep_name(file.parent)


def _keep_name(folder: Path) -> None:
    """A rename survives a loss of power only once the folder itself is written."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(file: Path) -> None:
    with explained(file):
        try:
            file.unlink(missing_ok=True)
        except NotADirectoryError:
            return


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Raise what the system says of a file as DISK_FULL (temporary) or FILE_UNUSABLE."""
    try:
        yield
    except UnicodeDecodeError:
        raise _unusable(file, "it is not UTF-8 text") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TemporaryError(
                "DISK_FULL",
                f"{file} cannot be written: {error.strerror}",
                why="what is not kept cannot be resumed",
                remedy=f"make room below {file.parent}, then resume",
                owner=Owner.PLATFORM,
            ) from error
        raise _unusable(file, error.strerror or type(error).__name__) from error


def _unusable(file: Path, seen: str) -> PermanentError:
    return PermanentError(
        "FILE_UNUSABLE",
        f"{file} cannot be used: {seen}",
        why="secrets and files of a cluster are kept there",
        remedy=f"see who owns it and what it is: ls -la {file.parent}",
        owner=Owner.PLATFORM,
    )
