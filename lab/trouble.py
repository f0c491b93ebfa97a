"""Faults on real parts: one create that meets most of what goes wrong in a night, and a delete.

What is broken is broken for real: a process that is stopped, a session that is ended, a machine
that is removed under its controller, a node that is switched off.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bedplate.adapters.clock import SystemClock
from bedplate.capi import names
from bedplate.engine.journal import StepState
from bedplate.errors import ExitStatus
from lab import specification
from lab.beside import LOOK_EVERY, SETTLED, STEP_SECONDS, Beside
from lab.check import Check
from lab.cluster import DELETE_SECONDS, command, environment, require
from lab.up import SITE, Lab
from lab.vcenter_service import MACHINES

SILENT_SECONDS = 60.0
BOOTSTRAP_NODE = f"{names.bootstrap_cluster(specification.NAME)}-control-plane"


@dataclass
class Trouble:
    """A create and a delete in a lab that is up, and what happens to them."""

    lab: Lab
    say: Callable[[str], None]
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def _beside(self) -> Beside:
        return Beside(self.lab, specification.NAME, self.clock)

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        self.lab.describe(specification.Wanted(health_check=specification.IMPATIENT))
        with self._creating() as create:
            self._beside.until(create, "providers", StepState.RUNNING)
            self._stop_etcd_for_a_minute()
            self._beside.until(create, "control-plane", StepState.RUNNING)
            self._require_second_runner_refused(create)
            self._beside.until(create, "workers", StepState.RUNNING)
            self._end_vcenter_sessions()
            self._remove_worker()
            self._require_goes_on(create)
            create.send_signal(signal.SIGKILL)
        self._stop_bootstrap_node("before the pivot, after its runner was killed")
        with self._creating() as create:
            self._beside.until(create, "pivot", *SETTLED)
            self._stop_bootstrap_node("after the pivot")
            require(create.wait(STEP_SECONDS) == 0, "the create to end well all the same")
        Check(self.lab, self.say).look()
        self._delete_without_sessions()

    # -- what is broken --------------------------------------------------------------------------

    def _stop_etcd_for_a_minute(self) -> None:
        self._engine("exec", BOOTSTRAP_NODE, "pkill", "-STOP", "etcd")
        self.say(f"etcd stands still: the API answers with errors for {SILENT_SECONDS:.0f} s")
        self.clock.sleep(SILENT_SECONDS)
        self._engine("exec", BOOTSTRAP_NODE, "pkill", "-CONT", "etcd")

    def _end_vcenter_sessions(self) -> None:
        self.lab.vcenter.connection().delete("/sessions")
        self.say("every session of the vCenter was ended, as by its restart")

    def _remove_worker(self) -> None:
        """Remove the worker's machine behind the back of its controller, once it is there."""
        deadline = self.clock.now() + STEP_SECONDS
        while not (found := self._workers()):
            require(self.clock.now() < deadline, "a worker's machine to be made")
            self.clock.sleep(LOOK_EVERY)
        self._engine("rm", "--force", "--volumes", found[0])
        self.say(f"the machine {found[0]} was removed under its controller")

    def _stop_bootstrap_node(self, when: str) -> None:
        self._engine("stop", "--time", "0", BOOTSTRAP_NODE)
        self.say(f"the bootstrap node was stopped {when}")

    def _delete_without_sessions(self) -> None:
        name = specification.NAME
        words = ("delete", "cluster", name, "--confirm", name)
        with self._beside.running(*words) as delete:
            self._beside.until(delete, "machines", StepState.RUNNING)
            self._end_vcenter_sessions()
            require(delete.wait(DELETE_SECONDS) == 0, "the delete to end well")
        Check(self.lab, self.say).require_nothing_left()

    # -- what must hold --------------------------------------------------------------------------

    def _require_second_runner_refused(self, first: subprocess.Popen[bytes]) -> None:
        done = self._bedplate(*self._create(), timeout=120.0)
        require(
            done.returncode == ExitStatus.LEASE and f"process {first.pid} " in done.stderr,
            f"a second runner to be told who holds the lease, not {done.returncode}: {done.stderr}",
        )
        self.say("a second runner was refused, and told who works")

    def _require_goes_on(self, process: subprocess.Popen[bytes]) -> None:
        """A health check takes the machine away and another one comes."""
        self._beside.until(process, "workers", *SETTLED)
        require(process.poll() is None, "the create to go on after all of that")
        self.say("the workers are complete again")

    # -- running ---------------------------------------------------------------------------------

    def _create(self) -> tuple[str, ...]:
        file = self.lab.places.state / f"{specification.NAME}.yaml"
        return ("create", "cluster", "-f", str(file))

    @contextlib.contextmanager
    def _creating(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._beside.running(*self._create()) as process:
            yield process

    def _bedplate(self, *words: str, timeout: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words, "--site", SITE),
            env=environment(self.lab),
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )

    def _workers(self) -> list[str]:
        told = self._engine("ps", "--filter", f"label={MACHINES}", "--format", "{{.Names}}")
        return [name for name in told.split() if "-md-0-" in name]

    def _engine(self, *words: str) -> str:
        return self.lab.engine.docker(*words)
