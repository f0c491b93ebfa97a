"""Runs an operation to its end on a terminal or in a pipe: the work of `create` and `resume`."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bedplate.capi import names
from bedplate.chain import legs_of
from bedplate.engine.change import SETTLED, recorded_spec
from bedplate.engine.journal import Journal, Run, RunState
from bedplate.engine.operation import Operation
from bedplate.engine.plan import require_steps
from bedplate.engine.settle import STOPPED
from bedplate.engine.watch import LogWatch, Watch, Watches
from bedplate.errors import BadInput, BedplateError, ExitStatus, LeaseLost, Refused
from bedplate.operations import operation_for, operation_named
from bedplate.request import Request
from bedplate.service import Session, run_to_end
from bedplate.sites import Site, SiteConfig, inject_faults, keep_secrets, open_site
from bedplate.spec import ClusterSpec, load_text
from blocks.secret_environment import secrets_for
from deployments.cli.building import error_report, run_report
from deployments.cli.errors import block
from deployments.cli.exits import INTERRUPTED
from deployments.cli.interrupts import Interrupts
from deployments.cli.live import LiveSteps
from deployments.cli.reports import RunReport
from deployments.cli.screen import Screen
from deployments.cli.speaker import Speaker
from deployments.home import Home
from deployments.log_settings import LogFormat, LogLevel
from deployments.logging import Binding, set_up
from deployments.spec_environment import spec_environment


@dataclass(frozen=True, slots=True)
class Logs:
    """What a person asked of the logs."""

    on_stderr: LogFormat | None = None
    level: LogLevel = LogLevel.INFO


@dataclass(frozen=True, slots=True)
class Job:
    """One operation on one cluster, as a person asked for it on this machine."""

    request: Request
    config: SiteConfig
    journal: Journal
    logs: Logs = Logs()
    faults: tuple[str, ...] = ()
    goes_on: bool = False
    """Whether another leg of the same upgrade comes after it."""

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.request.operation

    @property
    def spec(self) -> ClusterSpec:
        """The cluster's specification."""
        return self.request.spec

    def open_run(self) -> Run | None:
        """Return the run that would be continued."""
        return self.journal.open_run(self.spec.name, self.operation.name)


@dataclass(frozen=True, slots=True)
class Steps:
    """Which part of an operation's table is asked for."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How an operation is carried out."""

    steps: Steps = Steps()
    faults: tuple[str, ...] = ()
    logs: Logs = Logs()
    pace: float | None = None


def make_request(verb: str, text: str, file: str, steps: Steps = Steps()) -> Request:
    """Return the request of a person; raises BadInput or SpecError.

    Which table the verb means, the specification decides. What that takes from the environment
    becomes part of its text, so that a resume from another shell works on the same.
    """
    environment = spec_environment()
    spec = load_text(text, file, environment)
    table = operation_for(verb, spec)
    require_steps(table, steps.first, steps.last)
    return Request(
        operation=table,
        spec_text=spec.dump() if environment.registry_mirror_ca else text,
        spec=spec,
        requested_by=person(),
        first=steps.first,
        last=steps.last,
    )


def continue_request(run: Run, steps: Steps = Steps()) -> Request:
    """Return the request to go on with a run, with the specification that it has on record."""
    table = operation_named(run.operation)
    require_steps(table, steps.first, steps.last)
    return Request(
        operation=table,
        spec_text=run.spec_text,
        spec=recorded_spec(run),
        requested_by=person(),
        first=steps.first,
        last=steps.last,
    )


def person() -> str:
    """Name whoever is logged in; a container may know its user by number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def operate(screen: Screen, home: Home, job: Job, site: Site | None = None) -> int:
    """Run an operation to its end and tell about it; returns the exit status.

    At `site`, or at the one that the job's configuration opens.
    """
    earlier = job.open_run()
    if earlier is None:
        inject_faults(job.config, job.faults)
    opened = site if site is not None else open_to_work(screen, job.config)
    return _Operating(screen, home, job, opened).run(goes_on=earlier is not None)


def operate_in_turn(screen: Screen, home: Home, job: Job) -> int:
    """Run each leg of a job to its end, until one does not come to its own; as `operate`."""
    site, status = open_to_work(screen, job.config), int(ExitStatus.OK)
    legs = legs_of(job.request, site, job.journal)
    for number, request in enumerate(legs, start=1):
        leg = replace(job, request=request, goes_on=number < len(legs))
        status = operate(screen, home, replace(leg, faults=job.faults if number == 1 else ()), site)
        if status != ExitStatus.OK or leg.open_run() is not None:
            return status
    return status


def open_to_work(screen: Screen, config: SiteConfig) -> Site:
    """Open a site for an operation: the secrets of the environment are kept for its resume."""
    keep_secrets(config, secrets_for(config))
    return open_site(config, warn=screen.warn)


class _Operating:
    """One operation while it runs."""

    def __init__(self, screen: Screen, home: Home, job: Job, site: Site) -> None:
        self._screen = screen
        self._home = home
        self._job = job
        self._site = site
        self._say: Callable[[str], None] = screen.say
        self._speaker = Speaker(job.operation, job.spec, self._speak)

    def _speak(self, line: str) -> None:
        self._say(line)

    def run(self, *, goes_on: bool) -> int:
        """Take the lease, run to the end, tell how it ended; returns the exit status."""
        binding = start_logs(self._home, self._job)
        with self._watching() as watch:
            session = Session(self._job.request, self._site, self._job.journal, watch)
            try:
                with Interrupts(session.stop, self._speak), session:
                    binding.bind(run=session.run.id)
                    if goes_on:
                        self._speak(f"Going on with run {session.run.id} of {self._job.spec.name}")
                    ended = self._attempt(session)
            finally:
                self._speaker.flush()
        return self._tell(session.run, ended)

    def _attempt(self, session: Session) -> RunState | BedplateError:
        try:
            return run_to_end(session)
        except LeaseLost:
            raise
        except BedplateError as error:
            return error

    @contextlib.contextmanager
    def _watching(self) -> Iterator[Watch]:
        watchers: list[Watch] = [self._speaker, LogWatch()]
        if not self._screen.is_live or self._job.logs.on_stderr is not None:
            yield Watches(watchers)
            return
        with LiveSteps(self._screen.console()) as live:
            self._say = live.say
            yield Watches([live, *watchers])
        self._say = self._screen.say

    # -- the end -------------------------------------------------------------------------------

    def _tell(self, run: Run, ended: RunState | BedplateError) -> int:
        """Say how it ended, write the document, return the exit status."""
        if isinstance(ended, BedplateError):
            status = self._tell_failure(run, ended)
        else:
            status = self._tell_success(run, ended)
            if self._job.goes_on and ended is RunState.COMPLETED:
                return status
        if self._screen.wants_json:
            self._screen.document(self._report(run, ended).text())
        return status

    def _report(self, run: Run, ended: RunState | BedplateError) -> RunReport:
        report = report_on(self._job, self._site, run.id)
        if isinstance(ended, BedplateError) and ended.code != STOPPED:
            return report.model_copy(update={"error": error_report(ended)})
        return report

    def _tell_success(self, run: Run, state: RunState) -> int:
        report = report_on(self._job, self._site, run.id)
        if state is RunState.COMPLETED:
            self._screen.say(_done(self._job, self._speaker.has_work))
            self._show_inventory(report)
            if report.kubeconfig is not None:
                self._screen.say(f"   kubectl --kubeconfig {report.kubeconfig} get nodes")
            return ExitStatus.OK
        left = [step.name for step in report.steps if step.state not in SETTLED]
        self._screen.say(f"Done as far as asked; {len(left)} steps are left, {left[0]} is the next")
        self._screen.say(f"   bedplate resume {run.id}")
        return ExitStatus.OK

    def _show_inventory(self, report: RunReport) -> None:
        if report.inventory is not None:
            from deployments.cli.views import inventory_view

            self._screen.show(inventory_view(report.inventory))

    def _tell_failure(self, run: Run, error: BedplateError) -> int:
        if error.code == STOPPED:
            self._screen.warn(f"Stopped. Nothing is lost; go on with: bedplate resume {run.id}")
            return INTERRUPTED
        broken = self._speaker.broken
        heading = f"{broken.name} failed" if broken is not None else ""
        self._screen.warn(block(error, heading))
        refused = isinstance(error, Refused | BadInput)
        if not refused or self._job.open_run() is not None:
            self._screen.warn(f"   then  bedplate resume {run.id}")
        return error.exit_status


def _done(job: Job, did_work: bool) -> str:
    if job.goes_on:
        version = job.spec.kubernetes_version
        return f"✅ {job.spec.name} runs Kubernetes {version}, and goes on from there"
    if not did_work:
        return f"Nothing to do: {job.operation.settled.format(cluster=job.spec.name)}"
    return f"🎉 Cluster {_PAST.get(job.operation.verb, job.operation.verb)}!"


_PAST = {
    "create": "created",
    "adopt": "is under management",
    "upgrade": "upgraded",
    "scale": "scaled",
    "backup": "backed up",
    "restore": "restored",
    "delete": "deleted",
    "renew-certificates": "has new certificates",
    "rotate-credentials": "uses the new credentials",
}


def start_logs(home: Home, job: Job) -> Binding:
    """Begin the logs of a job: a file of its cluster, and standard error where asked."""
    binding = Binding()
    binding.bind(cluster=job.spec.name, operation=job.operation.name, site=job.config.name)
    file = home.folder("logs") / f"{job.spec.name}.jsonl"
    set_up(binding, level=job.logs.level, on_stderr=job.logs.on_stderr, file=file)
    return binding


def report_on(job: Job, site: Site, run_id: str) -> RunReport:
    """Return the document about a run as the journal has it now."""
    run = job.journal.run(run_id)
    if run is None:
        raise AssertionError(f"run {run_id} was recorded by this process")
    return run_report(job.journal, run, job.operation, kubeconfig_path(site, job.spec))


def kubeconfig_path(site: Site, spec: ClusterSpec) -> str | None:
    """Return where the cluster's kubeconfig is, None before there is one."""
    files = site.open(spec).files
    name = names.kubeconfig_file(spec.name)
    return files.path(name) if files.read(name) is not None else None
