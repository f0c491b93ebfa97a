"""Commands on machines by the program `ssh`, as root, each within a time.

Host keys are taken on first use and kept by the machine's uuid: a machine that takes over an
address is a new one, and a machine whose key changed is an error.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bedplate.adapters.files import explained, make_private
from bedplate.adapters.members import troubles
from bedplate.adapters.programs import Ended, missing_program
from bedplate.ports.members import MemberMachine

CONNECT_SECONDS, ALIVE_SECONDS = 10, 15
FAILED = 255  # how ssh ends where it could not run the command at all
KNOWN_HOSTS = "known_hosts"
CHANGED = ("IDENTIFICATION HAS CHANGED", "Host key verification failed")
DENIED = ("Permission denied", "Too many authentication failures", "a password is required")


@dataclass(frozen=True, slots=True)
class Login:
    """Whom machines let in; without a private key (text) it is up to the user's own settings."""

    user: str
    private_key: str | None


class Ssh:
    """The way into the machines of one cluster; `folder` keeps the keys of their hosts."""

    def __init__(
        self, program: str, folder: Path, login: Callable[[], Login], *, port: int | None = None
    ) -> None:
        self._program = program
        self._folder = folder
        self._login = login
        self._port = port

    def run(
        self,
        machine: MemberMachine,
        script: str,
        *,
        seconds: float,
        source: Path | None = None,
        target: Path | None = None,
    ) -> Ended:
        """Run a script with root's rights; `source` is its standard input, `target` its output.

        Raises MACHINE_UNREACHABLE, MACHINE_CHANGED, AUTH_DENIED, PROGRAM_MISSING.
        """
        login = self._login()
        said = "it shows no address"
        with self._key(login) as key, contextlib.ExitStack() as files:
            for address in machine.addresses:
                words = self._words(machine, address, login, key)
                given = files.enter_context(source.open("rb")) if source is not None else None
                taken = files.enter_context(target.open("wb")) if target is not None else None
                ended = _run([*words, _as_root(login, script)], seconds, given, taken)
                if ended.status is None:
                    raise troubles.too_slow(machine, seconds)
                if ended.status != FAILED:
                    return ended
                said = f"{address}: {ended.last_words}"
                _require_let_in(machine, login, ended)
        raise troubles.unreachable(machine, said)

    def _words(
        self, machine: MemberMachine, address: str, login: Login, key: Path | None
    ) -> list[str]:
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": str(CONNECT_SECONDS),
            "ServerAliveInterval": str(ALIVE_SECONDS),
            "ServerAliveCountMax": "4",
            "StrictHostKeyChecking": "accept-new",
            "UserKnownHostsFile": f'"{self._folder / KNOWN_HOSTS}"',
            "GlobalKnownHostsFile": "/dev/null",
            "HostKeyAlias": machine.uuid.lower(),
            "HashKnownHosts": "no",
            "LogLevel": "ERROR",
        }
        if key is not None:
            options |= {"IdentityFile": f'"{key}"', "IdentitiesOnly": "yes"}
        words = [self._program, "-T", *(f"-o{name}={text}" for name, text in options.items())]
        port = [f"-p{self._port}"] if self._port is not None else []
        return [*words, *port, "-l", login.user, "--", address]

    @contextlib.contextmanager
    def _key(self, login: Login) -> Iterator[Path | None]:
        """The private key in a file of its owner's only, as long as it is used."""
        with explained(self._folder):
            make_private(self._folder, self._folder)
        if login.private_key is None:
            yield None
            return
        handle, made = tempfile.mkstemp(dir=self._folder, prefix=".key-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(login.private_key.rstrip("\n") + "\n")
            yield Path(made)
        finally:
            Path(made).unlink(missing_ok=True)


def _as_root(login: Login, script: str) -> str:
    become = "" if login.user == "root" else "sudo -n "
    return f"{become}sh -c {shlex.quote(script)}"


def _run(
    words: list[str], seconds: float, given: IO[bytes] | None, taken: IO[bytes] | None
) -> Ended:
    try:
        done = subprocess.run(
            words,
            stdin=given if given is not None else subprocess.DEVNULL,
            stdout=taken if taken is not None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise missing_program(words[0]) from None
    except subprocess.TimeoutExpired:
        return Ended(None, "", "")
    output, errors = done.stdout or b"", done.stderr
    return Ended(
        done.returncode, output.decode("utf-8", "replace"), errors.decode(errors="replace")
    )


def _require_let_in(machine: MemberMachine, login: Login, ended: Ended) -> None:
    if any(words in ended.errors for words in CHANGED):
        raise troubles.changed(machine, ended.last_words)
    if any(words in ended.errors for words in DENIED):
        raise troubles.denied(machine, login.user, ended.last_words)
