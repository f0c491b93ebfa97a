"""Running programs: bounded in time, their words told when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bedplate.errors import Owner, PermanentError

TOLD = 15
"""Lines of what a program said that are told when it fails; the reason is among the last."""


def run(
    words: Sequence[str | Path],
    *,
    timeout: float,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Return what a program prints; `timeout` in seconds.

    Raises:
        PermanentError: LAB_PROGRAM_MISSING, LAB_PROGRAM_FAILED or LAB_PROGRAM_SLOW.
    """
    environment = {**os.environ, **(variables or {})}
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise _missing(str(words[0])) from error
    except subprocess.TimeoutExpired as error:
        raise _slow(words, timeout) from error
    if done.returncode != 0:
        raise _failed(words, done.returncode, done.stderr or done.stdout)
    return done.stdout


def succeeds(words: Sequence[str | Path], *, timeout: float) -> bool:
    """Say whether a program ends well; one that is missing or slow does not."""
    try:
        run(words, timeout=timeout)
    except PermanentError:
        return False
    return True


def _shown(words: Sequence[str | Path]) -> str:
    return " ".join(str(word) for word in words)


def _missing(program: str) -> PermanentError:
    return PermanentError(
        "LAB_PROGRAM_MISSING",
        f"the program {program} is not there",
        why="the lab is built and run with it",
        remedy="install it and put it into the PATH; lab/README.md says what the lab needs",
        owner=Owner.PLATFORM,
    )


def _slow(words: Sequence[str | Path], timeout: float) -> PermanentError:
    return PermanentError(
        "LAB_PROGRAM_SLOW",
        f"{_shown(words)} did not end within {timeout:.0f} s",
        why="nothing in the lab waits for ever",
        remedy="look at what else keeps the machine busy, and run the same command again",
        owner=Owner.PLATFORM,
    )


def _failed(words: Sequence[str | Path], status: int, said: str) -> PermanentError:
    lines = "\n".join(said.strip().splitlines()[-TOLD:]) or "it said nothing"
    return PermanentError(
        "LAB_PROGRAM_FAILED",
        f"{_shown(words)} ended with {status}:\n{lines}",
        why="the lab needs its result",
        remedy="correct what the program complains of, and run the same command again",
        owner=Owner.PLATFORM,
    )
