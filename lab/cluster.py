"""A cluster of the lab as its user sees it: the command line, kubectl, and what answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from bedplate.adapters.clock import SystemClock
from bedplate.errors import Owner, PermanentError
from lab import specification
from lab.up import SITE, Lab

Found: TypeAlias = dict[str, Any]

CREATE_SECONDS = 1500.0
DELETE_SECONDS = 900.0
LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LabCluster:
    """One cluster, which may not be there yet, or no more."""

    lab: Lab
    say: Callable[[str], None]
    name: str = specification.NAME

    @property
    def file(self) -> Path:
        """Return where its specification is."""
        return self.lab.places.state / f"{self.name}.yaml"

    @property
    def kubeconfig(self) -> Path:
        """Return where a create puts its kubeconfig."""
        folder = self.lab.home / "sites" / SITE / "clusters" / self.name
        return folder / f"{self.name}-eks-a-cluster.kubeconfig"

    def create(self) -> None:
        """Create it from its specification."""
        self._timed("created", CREATE_SECONDS, "create", "cluster", "-f", str(self.file))

    def change(self, verb: str) -> None:
        """Upgrade or scale it to what its specification says now."""
        self._timed(f"{verb} done", CREATE_SECONDS, verb, "cluster", "-f", str(self.file))

    def back_up(self) -> str:
        """Take a backup; returns the newest one's name."""
        self._timed("backed up", CREATE_SECONDS, "backup", "cluster", self.name)
        told = self.bedplate("backup", "list", self.name, "--output", "json")
        require(told.returncode == 0, f"a list of backups: {told.stderr}")
        newest: Found = json.loads(told.stdout)["backups"][0]
        require(newest["damage"] == "", f"a backup that can be restored, not {newest}")
        return str(newest["name"])

    def restore(self, backup: str) -> None:
        """Take it back to a backup."""
        words = ("restore", "cluster", self.name, "--backup", backup, "--confirm", self.name)
        self._timed("restored", CREATE_SECONDS, *words)

    def delete(self) -> None:
        """Delete it."""
        words = ("delete", "cluster", self.name, "--confirm", self.name)
        self._timed("deleted", DELETE_SECONDS, *words)

    def nodes(self) -> list[Found]:
        """Return its nodes; raises LAB_CHECK_FAILED unless each is Ready and has a provider id."""
        nodes = self.get("nodes")
        require(
            all(is_ready(node) and node["spec"].get("providerID") for node in nodes),
            f"nodes of {self.name} that are Ready and have a provider id,"
            f" not {[short(node) for node in nodes]}",
        )
        return nodes

    def get(self, *words: str) -> list[Found]:
        """Return what kubectl finds; raises PermanentError LAB_CHECK_FAILED."""
        answer: Found = json.loads(self.kubectl("get", *words, "-o", "json"))
        found: list[Found] = answer.get("items", [answer])
        return found

    def apply(self, thing: Found) -> None:
        """Apply one object; raises PermanentError LAB_CHECK_FAILED."""
        done = self._kubectl("apply", "--server-side", "-f", "-", given=json.dumps(thing))
        require(done.returncode == 0, f"{short(thing)} to be applied: {done.stderr}")

    def kubectl(self, *words: str) -> str:
        """Return what kubectl says; raises PermanentError LAB_CHECK_FAILED."""
        done = self._kubectl(*words)
        require(done.returncode == 0, f"an answer to {' '.join(words)}: {done.stderr}")
        return done.stdout

    def try_kubectl(self, *words: str) -> str:
        """Return what kubectl says; nothing where nobody answers."""
        done = self._kubectl(*words)
        return done.stdout if done.returncode == 0 else ""

    def _kubectl(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        program = str(self.lab.programs["kubectl"])
        return subprocess.run(
            (program, "--kubeconfig", str(self.kubeconfig), "--request-timeout=30s", *words),
            input=given,
            capture_output=True,
            text=True,
            timeout=LOOK_SECONDS,
            check=False,
        )

    def bedplate(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command at the lab's site and return how it ended and what it said."""
        return subprocess.run(
            command(*words, "--site", SITE),
            env=environment(self.lab),
            timeout=CREATE_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )

    def _timed(self, done: str, timeout: float, *words: str) -> None:
        clock = SystemClock()
        began = clock.now()
        status = subprocess.run(
            command(*words, "--site", SITE),
            env=environment(self.lab),
            timeout=timeout,
            check=False,
        ).returncode
        require(status == 0, f"`bedplate {' '.join(words)}` to end with 0, not {status}")
        self.say(f"{self.name}: {done} in {clock.now() - began:.0f} s")


def command(*words: str) -> tuple[str, ...]:
    """Return the words of a `bedplate` command."""
    return (sys.executable, "-P", "-m", "deployments.cli.main", *words)


def environment(lab: Lab) -> dict[str, str]:
    """Return the environment of a command that works in the lab."""
    return {**os.environ, **lab.environment()}


def is_ready(found: Found) -> bool:
    """Say whether an object's condition Ready is true."""
    conditions = found.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def short(found: Found) -> str:
    """Return an object's name."""
    return str(found["metadata"]["name"])


def require(is_so: bool, wanted: str) -> None:
    """Raise PermanentError LAB_CHECK_FAILED where something is not so."""
    if not is_so:
        raise PermanentError(
            "LAB_CHECK_FAILED",
            f"wanted {wanted}",
            why="the lab is the proof that real parts do what the simulation does",
            remedy="look at what is there; `./run lab down` clears it away",
            owner=Owner.PLATFORM,
        )
