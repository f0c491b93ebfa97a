"""Programs that tests need and Debian packages have: find one, else install it when root."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest


def find_or_install(find: Callable[[], Path | None], *packages: str) -> Path:
    """Return what `find` finds, after installing the Debian packages if need be.

    Skips the test, with a warning that the summary shows, where that is impossible.
    """
    if found := find():
        return found
    reason = install(packages) if os.geteuid() == 0 else "not root, so it cannot be installed"
    if found := find():
        return found
    names = " ".join(packages)
    text = f"{names} is missing: {reason}. Type: sudo apt-get install {names}"
    # Said even where warnings are errors: this one is meant to be seen, not to fail the test.
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(pytest.PytestWarning(text), stacklevel=2)
    pytest.skip(text)


def install(packages: tuple[str, ...]) -> str:
    """Install Debian packages, one test process at a time; return how it ended."""
    if not shutil.which("apt-get"):
        return "there is no apt-get here"
    with (Path(tempfile.gettempdir()) / "bedplate-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        apt_get("update")
        done = apt_get("install", "-y", "--no-install-recommends", *packages)
    last_line = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return f"apt-get install ended with {done.returncode}: {last_line}"


def apt_get(*words: str) -> subprocess.CompletedProcess[str]:
    """Run apt-get without a question; waits up to 300 seconds for another that runs."""
    return subprocess.run(
        ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
