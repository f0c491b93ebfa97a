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

import yaml

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.journal import open_journal
from bedplate.capi import names
from bedplate.engine.journal import Journal, StepState
from bedplate.errors import ExitStatus
from lab import specification
from lab.check import Check
from lab.cluster import DELETE_SECONDS, command, environment, require
from lab.up import SITE, Lab

SILENT_SECONDS = 60.0
STEP_SECONDS = 1500.0
LOOK_EVERY = 0.5
BOOTSTRAP_NODE = f"{names.bootstrap_cluster(specification.NAME)}-control-plane"
HEALTH_CHECK = {
    "maxUnhealthy": "100%",  # the default of 40 % never replaces the only worker of a group
    "nodeStartupTimeout": "4m0s",
    "unhealthyMachineTimeout": "1m0s",
}
SETTLED = (StepState.COMPLETED, StepState.KEPT)


@dataclass
class Trouble:
    """A create and a delete in a lab that is up, and what happens to them."""

    lab: Lab
    say: Callable[[str], None]
    clock: SystemClock = field(default_factory=SystemClock)

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        self._describe()
        with self._creating() as create:
            self._until(create, "providers", StepState.RUNNING)
            self._stop_etcd_for_a_minute()
            self._until(create, "control-plane", StepState.RUNNING)
            self._require_second_runner_refused(create)
            self._until(create, "workers", StepState.RUNNING)
            self._end_vcenter_sessions()
            self._remove_worker()
            self._require_goes_on(create)
            create.send_signal(signal.SIGKILL)
        self._stop_bootstrap_node("before the pivot, after its runner was killed")
        with self._creating() as create:
            self._until(create, "pivot", *SETTLED)
            self._stop_bootstrap_node("after the pivot")
            require(create.wait(STEP_SECONDS) == 0, "the create to end well all the same")
        Check(self.lab, self.say).look()
        self._delete_without_sessions()

    def _describe(self) -> None:
        """Write the lab's specification with a health check that waits for minutes only."""
        state = self.lab.places.state
        documents = list(yaml.safe_load_all((state / f"{specification.NAME}.yaml").read_text()))
        (group,) = documents[0]["spec"]["workerNodeGroupConfigurations"]
        group["machineHealthCheck"] = HEALTH_CHECK
        (state / "trouble.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False))

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
        words = ("delete", "cluster", name, "--site", SITE, "--confirm", name)
        with self._running(*words) as delete:
            self._until(delete, "machines", StepState.RUNNING)
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
        self._until(process, "workers", *SETTLED)
        require(process.poll() is None, "the create to go on after all of that")
        self.say("the workers are complete again")

    # -- running ---------------------------------------------------------------------------------

    @staticmethod
    def _steps(journal: Journal) -> dict[str, StepState]:
        runs = journal.runs(specification.NAME, 1)
        return {n: one.state for n, one in journal.steps(runs[0].id).items()} if runs else {}

    def _until(self, process: subprocess.Popen[bytes], step: str, *states: StepState) -> None:
        url = f"sqlite:///{self.lab.home / 'journal.sqlite'}"
        deadline = self.clock.now() + STEP_SECONDS
        with contextlib.closing(open_journal(url)) as journal:
            while self._steps(journal).get(step) not in states:
                require(process.poll() is None, f"the command to go on until {step}")
                require(self.clock.now() < deadline, f"{step} to be {states[0].value}")
                self.clock.sleep(LOOK_EVERY)

    def _create(self) -> tuple[str, ...]:
        file = self.lab.places.state / "trouble.yaml"
        return ("create", "cluster", "-f", str(file), "--site", SITE)

    @contextlib.contextmanager
    def _creating(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._running(*self._create()) as process:
            yield process

    @contextlib.contextmanager
    def _running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command beside the block; it never outlives it."""
        log = self.lab.places.state / "trouble.log"
        with (
            log.open("ab") as out,
            subprocess.Popen(
                command(*words), env=environment(self.lab), stdout=out, stderr=out
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def _bedplate(self, *words: str, timeout: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words),
            env=environment(self.lab),
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )

    def _workers(self) -> list[str]:
        label = "label=io.bedplate.lab=machine"
        told = self._engine("ps", "--filter", label, "--format", "{{.Names}}")
        return [name for name in told.split() if "-md-0-" in name]

    def _engine(self, *words: str) -> str:
        return self.lab.engine.docker(*words)
