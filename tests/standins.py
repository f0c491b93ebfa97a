"""The stand-ins of the lab for the tests: built once, or the tests that ask are skipped."""

import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bedplate.adapters.clock import SystemClock

LAB = Path(__file__).parents[1] / "lab"
PATIENCE = 120.0  # seconds, on a machine that builds other things; a few where it does not


def built(name: str) -> Path:
    """Return the program of a folder of the lab; skip loudly where it cannot be built."""
    made = subprocess.run([LAB / name / "build"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        skip_loudly((made.stderr.strip().splitlines() or ["no message"])[-1])
    return Path(made.stdout.strip())


def skip_loudly(text: str) -> None:
    """Skip the test with a warning, even where warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(pytest.PytestWarning(text), stacklevel=2)
    pytest.skip(text)


@contextmanager
def program(command: list[Any], log: Path, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends, unless it has ended by then."""
    with log.open("ab") as written:
        started = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            **how,
        )
    with started:
        try:
            yield started
        finally:
            started.kill()


def eventually(what: Callable[[], object], log: Path | None = None) -> None:
    """Return once it is so; fail with what was seen last, and what a program has said."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        said = log.read_text()[-2000:] if log else ""
        assert time.monotonic() < deadline, f"it never became so: {said}"
        SystemClock().sleep(0.1)
