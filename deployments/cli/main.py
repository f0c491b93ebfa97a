"""The way into the command line: `main`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType

import typer
from typer.core import TyperGroup

from bedplate.errors import BedplateError, ExitStatus
from deployments.cli.exits import CRASHED, INTERRUPTED, MEANINGS
from deployments.cli.screen import Screen
from deployments.cli.verbs import (
    abort,
    adopt,
    audit,
    backup,
    bundles,
    certificates,
    create,
    delete,
    doctor,
    download,
    drift,
    faults,
    fleet,
    gateway,
    generate,
    plan,
    preflight,
    render,
    renew,
    restore,
    resume,
    rotate,
    runs,
    scale,
    schema,
    setup,
    show,
    sites,
    steps,
    support_bundle,
    upgrade,
    validate,
    version,
)
from deployments.cli.verbs import list as listing

HELP = "Build on-premises Kubernetes clusters the EKS Anywhere way; resume them where they broke."
EXITS = "\b\nExit status:\n" + "\n".join(f"  {code:<4}{says}" for code, says in MEANINGS.items())

VERBS = (
    create,
    adopt,
    upgrade,
    scale,
    backup,
    restore,
    delete,
    renew,
    rotate,
    plan,
    preflight,
    resume,
    abort,
    runs,
    show,
    steps,
    drift,
    certificates,
    fleet,
    support_bundle,
    generate,
    validate,
    render,
    schema,
    bundles,
    listing,
    download,
    sites,
    faults,
    setup,
    doctor,
    gateway,
    audit,
    version,
)


class InOrder(TyperGroup):
    """Lists the verbs as VERBS has them; typer would list the groups last."""

    def list_commands(self, ctx: object) -> list[str]:
        """Return the names of the verbs."""
        return [verb.__name__.rpartition(".")[2].replace("_", "-") for verb in VERBS]


app = typer.Typer(
    name="bedplate",
    cls=InOrder,
    help=HELP,
    epilog=EXITS,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: it answers in a third of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in VERBS:
    verb.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status. Nothing is ever shown as a traceback."""
    screen = Screen()
    boundary = _Boundary(screen)
    with boundary:
        app(args=arguments, prog_name="bedplate", obj=screen)
    return boundary.status


class _Boundary:
    """Turns whatever a command ends with into an exit status and words for people.

    A context manager, since this is the one place where every error is met, expected or not.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.status: int = ExitStatus.OK

    def __enter__(self) -> _Boundary:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is not None:
            self.status = self._meet(error)
        return True

    def _meet(self, error: BaseException) -> int:
        if isinstance(error, SystemExit):
            return _status(error.code)
        if isinstance(error, KeyboardInterrupt):
            return INTERRUPTED
        if isinstance(error, BedplateError):
            return self._explain(error)
        return self._crash(error)

    def _explain(self, error: BedplateError) -> int:
        from deployments.cli.building import failure_report
        from deployments.cli.errors import block

        self._screen.warn(block(error))
        if self._screen.wants_json:
            self._screen.document(failure_report(error).text())
        return error.exit_status

    def _crash(self, error: BaseException) -> int:
        from deployments.cli.errors import save_crash

        path = save_crash(error)
        name = type(error).__name__
        self._screen.warn(f"❌ Bedplate met an error that it does not know: {name}")
        self._screen.warn(f"   The details are in {path}; a defect report needs them.")
        self._screen.warn("   What was done is in the journal, nothing is lost: bedplate runs")
        return CRASHED


def _status(code: str | int | None) -> int:
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        return ExitStatus.FAILED
    return code or ExitStatus.OK


if __name__ == "__main__":
    sys.exit(main())
