"""Make `.venv` and keep it equal to the requirement files; `./run` calls this.

Only the standard library may be used here: it runs before anything is installed.

    python requirements/install.py base test            installs what is missing or has changed
    python requirements/install.py --check base test    exit status 0: nothing to do; else 1

Safe to interrupt at any line, since a layer's stamp is written last and a layer begun but not
stamped means "build again from nothing". Safe for two at once: a file lock, which the kernel takes
back when its holder dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = """#!/bin/sh
'''exec' "{python}" -P "$0" "$@"
' '''
import sys

from deployments.cli.main import main

sys.exit(main())
"""


class CannotInstall(Exception):
    """What is missing, with the command that helps."""


class Venv:
    """The virtual environment of one checkout, installed in layers: base, test, lint."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / ".venv"
        self.python = self.path / "bin" / "python"
        self.begun = self.path / "installing"

    def requirements(self, layer: str) -> Path:
        """Return the requirement file of a layer."""
        return self.root / "requirements" / f"{layer}.txt"

    def stamp(self, layer: str) -> Path:
        """Return the file whose presence says that the layer is complete."""
        return self.path / f"installed-{layer}"

    def key(self, layer: str) -> str:
        """Return what a layer was made from: its requirements, the Python, the folder's path."""
        digest = hashlib.sha256(self.requirements(layer).read_bytes())
        digest.update(f"{sys.version_info[:2]} {self.root}".encode())
        return digest.hexdigest()

    def holds(self, layer: str) -> bool:
        """Say whether the layer is installed as its requirement file wants it."""
        try:
            return self.stamp(layer).read_text() == self.key(layer)
        except FileNotFoundError:
            return False

    def is_ready(self, layers: list[str]) -> bool:
        """Say whether every layer is installed and nobody is changing the environment."""
        return not self.begun.exists() and all(self.holds(layer) for layer in layers)

    def must_be_rebuilt(self, layers: list[str]) -> bool:
        """Say whether what is there cannot be added to: broken off, outdated, or not ours."""
        outdated = any(self.stamp(layer).exists() and not self.holds(layer) for layer in layers)
        unfinished = self.begun.exists() or not self.stamp("base").exists()
        return outdated or unfinished or not self.python.exists()

    def install(self, layers: list[str], lock: io.TextIOWrapper) -> None:
        """Install the layers that are missing, with the lock held."""
        if self.must_be_rebuilt(layers):
            self.rebuild(lock)
        for layer in layers:
            if not self.holds(layer):
                self.add(layer, lock)

    def rebuild(self, lock: io.TextIOWrapper) -> None:
        """Make the environment anew, with this project importable in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        self.begun.touch()
        if run_with(lock, [sys.executable, "-I", "-m", "venv", str(self.path)]):
            raise CannotInstall(f"{sys.executable} -m venv failed: its message is above")
        site = next(self.path.glob("lib/python*/site-packages"))
        (site / "bedplate-checkout.pth").write_text(f"{self.root}\n")
        launcher = self.path / "bin" / "bedplate"
        launcher.write_text(LAUNCHER.format(python=self.python))
        launcher.chmod(0o755)
        self.begun.unlink()

    def add(self, layer: str, lock: io.TextIOWrapper) -> None:
        """Install one layer's packages, each checked against its hash, and stamp it."""
        self.begun.touch()
        # --no-deps: the file lists everything, compiled by uv, so there is nothing to resolve.
        options = "-q --disable-pip-version-check --no-input --require-hashes --no-deps"
        pip = [str(self.python), "-I", "-m", "pip", "install", *options.split()]
        pip += ["--only-binary", ":all:", "-r", str(self.requirements(layer))]
        if run_with(lock, pip):
            raise CannotInstall(
                f"pip could not install requirements/{layer}.txt: its message is above. The first"
                " use needs a network, or a package index or folder of wheels that pip is"
                " configured for. Then run the same command again."
            )
        self.stamp(layer).write_text(self.key(layer))
        self.begun.unlink()


def ensure_ensurepip() -> None:
    """Install Debian's package with `ensurepip` when this Python came without it.

    Raises CannotInstall with the command to type where that takes a password or is not Debian.
    """
    if find_spec("ensurepip"):
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if not shutil.which("apt-get"):
        raise CannotInstall(f"{sys.executable} has no ensurepip module; install it, or set PYTHON")
    install = f"apt-get install -y --no-install-recommends python{version}-venv"
    become_root = root_prefix()
    if become_root is None:
        raise CannotInstall(f"this Python cannot make virtual environments. Type: sudo {install}")
    say(f"installing Debian's python{version}-venv (apt-get), once")
    # An outdated or partly unreachable list may still hold the package: only the install counts.
    apt_get(become_root, "update")
    done = apt_get(become_root, *install.split()[1:])
    if done.returncode:
        raise CannotInstall(f"apt-get failed:\n{done.stderr.strip()}\nType: sudo {install}")


def apt_get(become_root: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run apt-get without a question; packages report progress as errors, so nothing is shown."""
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *words]
    return subprocess.run(
        [*become_root, *environment, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def root_prefix() -> list[str] | None:
    """Return the words before a command that make it run as root, or None where it would ask."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        without_password = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if without_password.returncode == 0:
            return ["sudo", "-n"]
    return None


def install(venv: Venv, layers: list[str]) -> None:
    """Install under the lock, saying so, and saying when another holds it."""
    with (venv.root / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./run that is installing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if venv.is_ready(layers):
            return
        ensure_ensurepip()
        say(f"installing Python packages into {venv.path} (once, about a minute)")
        venv.install(layers, lock)


def run_with(lock: io.TextIOWrapper, words: list[str]) -> int:
    """Run a command that holds the lock too; return its exit status.

    Where this process is killed, pip goes on: the next installation has to wait for its end.
    """
    done = subprocess.run(words, stdin=subprocess.DEVNULL, pass_fds=[lock.fileno()], check=False)
    return done.returncode


def say(text: str) -> None:
    """Tell the person at the terminal; standard output belongs to the command that follows."""
    sys.stderr.write(f"bedplate: {text}\n")
    sys.stderr.flush()


def main(arguments: list[str]) -> int:
    """Check or install the layers named in the arguments; return the exit status."""
    venv = Venv(ROOT)
    if arguments[:1] == ["--check"]:
        return 0 if venv.is_ready(arguments[1:]) else 1
    try:
        install(venv, arguments)
    except (CannotInstall, OSError) as error:
        say(f"cannot set up {venv.path}: {error}")
        return 1
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
