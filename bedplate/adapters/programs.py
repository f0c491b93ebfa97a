"""Programs of this machine, run to their end within a time."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bedplate.errors import Owner, PermanentError

ENV = "/usr/bin/env"  # POSIX: variables for a program, on top of those of this process
NOT_FOUND = (126, 127)
LAST_LINES = 6


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended; `status` is None where its time was over and it was ended."""

    status: int | None
    output: str
    errors: str

    @property
    def last_words(self) -> str:
        """The last lines of what it complained of, as one line."""
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        return " | ".join(lines[-LAST_LINES:]) or "it says nothing"


def run_program(
    words: Sequence[str],
    *,
    seconds: float,
    text: str = "",
    variables: Mapping[str, str] | None = None,
    inherited: Sequence[int] = (),
) -> Ended:
    """Run a program with `text` on its standard input.

    `variables` come on top of this process's own, and are no place for secrets; `inherited` are
    file descriptors that it keeps open. Where its time is over, it is ended with its children.
    Raises PermanentError PROGRAM_MISSING.
    """
    settings = [f"{name}={value}" for name, value in (variables or {}).items()]
    process = subprocess.Popen(
        [ENV, *settings, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        pass_fds=inherited,
        start_new_session=True,
    )
    with process:
        try:
            output, errors = process.communicate(text, seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            output, errors = process.communicate()
            return Ended(None, output, errors)
        finally:
            if process.poll() is None:
                _end(process)
    if process.returncode in NOT_FOUND and words[0] in errors:
        raise missing_program(words[0])
    return Ended(process.returncode, output, errors)


def _end(process: subprocess.Popen[str]) -> None:
    """End the whole group: programs start others, which would go on."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def missing_program(program: str) -> PermanentError:
    """Return the error of a program that is not there."""
    return PermanentError(
        "PROGRAM_MISSING",
        f"the program {program} cannot be run here",
        why="it does a part of the work",
        remedy=f"install {program} so that it is found in the PATH, or name its path in the site's"
        " `programs`: docs/how-to/own-vsphere.md",
        owner=Owner.PLATFORM,
    )
